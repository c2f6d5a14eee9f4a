import { Code, ConnectError } from "@connectrpc/connect";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { endStreamFlag, endStreamToJson, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { PortRequest, PortResponse } from "../port/port.js";
import { respond } from "../port/respond.js";

const MESSAGE = "this server has no such RPC; server reflection lists those it has";
/** `/package.Service/Method` */
const RPC_PATH = /^\/[\w.]+\/\w+$/;

/**
 * Refuses a request for which there is no handler. A call of an RPC is refused with `unimplemented` as its protocol
 * encodes it, for a bare 404 would make each client library invent a message of its own.
 * Sources: https://connectrpc.com/docs/protocol and gRPC's PROTOCOL-HTTP2.md ("Trailers-Only").
 */
export function respondNotFound(request: PortRequest, response: PortResponse): void {
  const path = request.url?.split("?", 1)[0] ?? "";
  const type = request.headers["content-type"] ?? "";
  const isCall = request.method === "POST" && RPC_PATH.test(path);
  const error = new ConnectError(MESSAGE, Code.Unimplemented);
  if (isCall && /^application\/grpc(-web)?(\+(proto|json))?$/.test(type)) {
    const status = new Headers({ "content-type": type });
    setTrailerStatus(status, error);
    respond(response, 200, Object.fromEntries(status));
  } else if (isCall && /^application\/connect\+(proto|json)$/.test(type)) {
    const end = JSON.stringify(endStreamToJson(new Headers(), error, undefined));
    respond(
      response,
      200,
      { "content-type": type },
      encodeEnvelope(endStreamFlag, new TextEncoder().encode(end)),
    );
  } else if (isCall && /^application\/(proto|json)\b/.test(type)) {
    respond(response, 404, { "content-type": "application/json" }, errorToJsonBytes(error, undefined));
  } else {
    const body = "not found: / describes this server\n";
    respond(
      response,
      404,
      { "content-type": "text/plain; charset=utf-8", "content-length": body.length },
      body,
    );
  }
}
