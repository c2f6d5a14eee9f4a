import { Code } from "@connectrpc/connect";
import type { HttpRequest, HttpResponse } from "../ops/http.js";

const MESSAGE = "this server has no such RPC; server reflection lists those it has";
/** `/package.Service/Method` */
const RPC_PATH = /^\/[\w.]+\/\w+$/;

/**
 * Answers a call of an RPC that is not there with `unimplemented`, in the words of its protocol, and says whether it
 * was one. A bare 404 would make each client library invent a message of its own.
 * Sources: https://connectrpc.com/docs/protocol and gRPC's PROTOCOL-HTTP2.md ("Trailers-Only").
 */
export function refuseUnknownRpc(request: HttpRequest, response: HttpResponse): boolean {
  const path = request.url?.split("?", 1)[0] ?? "";
  if (request.method !== "POST" || !RPC_PATH.test(path)) return false;
  const type = request.headers["content-type"] ?? "";
  if (/^application\/grpc(-web)?(\+(proto|json))?$/.test(type)) {
    response.writeHead(200, {
      "content-type": type,
      "grpc-status": String(Code.Unimplemented),
      "grpc-message": encodeURIComponent(MESSAGE),
    });
    response.end();
    return true;
  }
  const error = { code: "unimplemented", message: MESSAGE };
  if (/^application\/connect\+(proto|json)$/.test(type)) {
    response.writeHead(200, { "content-type": type });
    response.end(endOfStream({ error }));
    return true;
  }
  if (/^application\/(proto|json)\b/.test(type)) {
    response.writeHead(404, { "content-type": "application/json" });
    response.end(JSON.stringify(error));
    return true;
  }
  return false;
}

/** The last envelope of a Connect stream: flag 2, the length in four bytes, JSON. */
function endOfStream(message: object): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(5);
  head[0] = 2;
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}
