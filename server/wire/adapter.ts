import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ConnectRouterOptions,
  createConnectRouter,
  createContextValues,
} from "@connectrpc/connect";
import { errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { PortHandler, PortRequest, PortResponse } from "../port/port.js";
import { respond } from "../port/respond.js";
import type { Observer } from "../room/observer.js";
import { Call, callKey, codeOfResponse, noteCode } from "./calls.js";
import { openSink, openSinkKey } from "./sinks.js";

type Rpc = ConnectRouter["handlers"][number];

export interface AdapterOptions extends Omit<ConnectRouterOptions, "contextValues"> {
  readonly routes: (router: ConnectRouter) => void;
  /** Serves what is no RPC of the routes. */
  readonly fallback: PortHandler;
  /** Serves a request without Connect and returns true, or leaves it untouched and returns false. */
  readonly fastPath?: (request: PortRequest, response: PortResponse) => boolean;
  readonly observe: Observer;
}

const NO_AUTHORITY = new ConnectError(
  "the Host header or :authority is not a host and port",
  Code.InvalidArgument,
);
/** What no authority contains (RFC 3986, section 3.2): with one of these, a URL would have another host. */
const NOT_AUTHORITY = /[\s/?#@\\]/;

/**
 * The one way from Node's requests, of both HTTP versions, to the RPCs. Nothing that a peer sends makes it throw.
 *
 * Connect builds a URL from the authority, so one that cannot be parsed is refused with 400 (RFC 9112, section 3.2). A
 * missing one is legal in HTTP/1.0 and stands for the address that was connected to.
 */
export function createAdapter(options: AdapterOptions): PortHandler {
  const { routes, fallback, fastPath, observe, interceptors = [], ...routerOptions } = options;
  const router = createConnectRouter({ ...routerOptions, interceptors: [noteCode, ...interceptors] });
  routes(router);
  const rpcs = new Map(router.handlers.map((rpc) => [rpc.requestPath, rpc]));

  async function serve(rpc: Rpc, request: PortRequest, response: PortResponse): Promise<void> {
    const call = new Call(rpc.method.name, request);
    const values = createContextValues()
      .set(openSinkKey, () => openSink(request, response))
      .set(callKey, call);
    const universal = universalRequestFromNodeRequest(request, response, undefined, values);
    let answer: Awaited<ReturnType<Rpc>> | undefined;
    // Connect's promise is no sign of the end: it stays pending after a response that was written.
    response.once("close", () => {
      if (call.code === undefined && answer && response.writableEnded) {
        call.code = codeOfResponse(answer);
        observe({ kind: "call_refused", rpc: call.rpc, reason: call.code, address: call.address });
      }
      observe(call.ended());
    });
    try {
      answer = await rpc(universal);
      await universalResponseToNodeResponse(answer, response);
    } catch (error) {
      // A peer that left, or whose stream was cut, is not a defect; its response has nowhere to go.
      if (universal.signal.aborted)
        observe({ kind: "call_aborted", rpc: call.rpc, error, address: call.address });
      else {
        call.code = "internal";
        fail(error, call.rpc, response);
      }
    }
  }

  function fail(error: unknown, rpc: string, response: PortResponse): void {
    observe({ kind: "call_failed", rpc, error });
    if (response.headersSent) response.destroy();
    else refuse(response, 500, new ConnectError("internal error", Code.Internal));
  }

  return (request, response) => {
    const path = request.url?.split("?", 1)[0] ?? "";
    try {
      const authority = authorityOf(request);
      if (authority === undefined) useLocalAddress(request);
      else if (!isAuthority(authority)) {
        const address = request.socket.remoteAddress;
        observe({ kind: "call_refused", rpc: "unknown", reason: "invalid_argument", address });
        return refuse(response, 400, NO_AUTHORITY);
      }
      if (fastPath?.(request, response)) return;
      const rpc = rpcs.get(path);
      if (rpc) serve(rpc, request, response).catch((error) => fail(error, rpc.method.name, response));
      else fallback(request, response);
    } catch (error) {
      fail(error, path, response);
    }
  };
}

function authorityOf(request: PortRequest): string | undefined {
  return ("authority" in request ? request.authority : undefined) ?? request.headers.host;
}

function isAuthority(authority: string): boolean {
  return !NOT_AUTHORITY.test(authority) && URL.canParse(`http://${authority}`);
}

function useLocalAddress(request: PortRequest): void {
  const { localAddress = "", localPort } = request.socket;
  const host = localAddress.includes(":") ? `[${localAddress}]` : localAddress;
  request.headers["authority" in request ? ":authority" : "host"] = `${host}:${localPort}`;
}

function refuse(response: PortResponse, status: number, error: ConnectError): void {
  respond(response, status, { "content-type": "application/json" }, errorToJsonBytes(error, undefined));
}
