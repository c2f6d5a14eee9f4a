import type { ConnectError } from "@connectrpc/connect";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  endStreamFlag,
  endStreamToJson,
  errorToJsonBytes,
} from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { abandonBody } from "../../port/abandon-body.js";
import type { PortRequest, PortResponse } from "../../port/port.js";
import { respond } from "../../port/respond.js";
import { adjustStatus } from "../grpc-status.js";
import { adjustError } from "./callers-fault.js";

/**
 * Refuses a call as its protocol encodes it, without Connect, and reads no more of its body. Returns false, and leaves the
 * request alone, if it is of no protocol. `status`: of a unary Connect response, if not that of the code. Sources:
 * https://connectrpc.com/docs/protocol and gRPC's PROTOCOL-HTTP2.md ("Trailers-Only").
 */
export function refuseCall(
  request: PortRequest,
  response: PortResponse,
  error: ConnectError,
  status = codeToHttpStatus(error.code),
): boolean {
  const type = request.headers["content-type"] ?? "";
  const isGet = request.method === "GET" || request.method === "HEAD";
  if (!isGet && request.method !== "POST") return false;
  adjustError(error);
  if (isGet || /^application\/(proto|json)\b/.test(type)) {
    abandonBody(request, response);
    const headers = { ...Object.fromEntries(error.metadata), "content-type": "application/json" };
    respond(response, status, headers, errorToJsonBytes(error, undefined));
  } else if (/^application\/grpc(-web(-text)?)?(\+(proto|json))?$/.test(type)) {
    abandonBody(request, response);
    const trailers = adjustStatus(setTrailerStatus(new Headers({ "content-type": type }), error));
    respond(response, 200, Object.fromEntries(trailers));
  } else if (/^application\/connect\+(proto|json)$/.test(type)) {
    abandonBody(request, response);
    const end = new TextEncoder().encode(JSON.stringify(endStreamToJson(new Headers(), error, undefined)));
    respond(response, 200, { "content-type": type }, encodeEnvelope(endStreamFlag, end));
  } else return false;
  return true;
}
