import { Code, ConnectError } from "@connectrpc/connect";
import type { PortRequest, PortResponse } from "../port/port.js";
import { respond } from "../port/respond.js";
import { refuseCall } from "./refuse-call.js";

const MESSAGE = "this server has no such RPC; server reflection lists those it has";
/** `/package.Service/Method` */
const RPC_PATH = /^\/[\w.]+\/\w+$/;

/**
 * Refuses a request for which there is no handler. A call of an RPC is refused with `unimplemented` as its protocol
 * encodes it, for a bare 404 would make each client library invent a message of its own.
 */
export function respondNotFound(request: PortRequest, response: PortResponse): void {
  const path = request.url?.split("?", 1)[0] ?? "";
  const isCall = request.method === "POST" && RPC_PATH.test(path);
  if (isCall && refuseCall(request, response, new ConnectError(MESSAGE, Code.Unimplemented), 404)) return;
  const body = "not found: / describes this server\n";
  const headers = { "content-type": "text/plain; charset=utf-8", "content-length": body.length };
  respond(response, 404, headers, body);
}
