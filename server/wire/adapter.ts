import type { IncomingHttpHeaders } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ConnectRouterOptions,
  createConnectRouter,
  createContextValues,
} from "@connectrpc/connect";
import type { UniversalServerRequest, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import { abandonBody } from "../port/abandon-body.js";
import type { PortHandler, PortRequest, PortResponse } from "../port/port.js";
import { mergeVary, respond } from "../port/respond.js";
import type { Member } from "../room/members/member.js";
import type { Observer } from "../room/observer.js";
import { type Caller, callerKey, callerWithoutBudget } from "./address.js";
import { NO_AUTHORITY, settleAuthority, useOriginForm } from "./authority.js";
import { bodyOf, readBody } from "./body.js";
import { Call, callKey, codeOfResponse, noteCode, type Rpc } from "./calls.js";
import { dropFarDeadline } from "./deadline.js";
import type { FastPath } from "./fast-path/fast-path.js";
import { adjustResponse } from "./grpc-status.js";
import { blameSender, watchErrors } from "./refusals/callers-fault.js";
import {
  type Explain,
  exampleOf,
  lacksEnvelope,
  type Mistake,
  methodOf,
  mistakeOf,
  respondMistake,
  statusOf,
} from "./refusals/mistakes.js";
import { refuseCall } from "./refusals/refuse-call.js";
import { openSink, openSinkKey } from "./sinks.js";
import { isWebText, requestOfText, responseAsText } from "./web-text.js";

export interface AdapterOptions extends Omit<ConnectRouterOptions, "contextValues" | "requestGate"> {
  readonly routes: (router: ConnectRouter) => void;
  /** Serves what is no RPC of the routes. */
  readonly fallback: PortHandler;
  /** The words for requests that Connect refuses without any; see mistakes.ts. */
  readonly explain: Explain;
  /** Serves plain calls without Connect. */
  readonly fastPath?: FastPath;
  /** Who makes a request. Default: the peer, without a budget. */
  readonly callerOf?: (request: PortRequest) => Caller;
  /**
   * Decides by a call's headers, before a byte of its body is kept; rejects with the ConnectError that the caller
   * receives. Returns the calling member, or undefined for an RPC that is open to everyone.
   */
  readonly admit?: (rpc: Rpc, headers: IncomingHttpHeaders, caller: Caller) => Promise<Member> | undefined;
  readonly observe: Observer;
}

/** A body in an envelope is larger than its message by this: gRPC's prefix, and room for the end of a stream. */
const ENVELOPE_BYTES = 1024;
/** A body of an RPC that is open to everyone: twice the largest access token that Login takes. */
const OPEN_BODY_BYTES = 16 * 1024;

/**
 * The one way from Node's requests, of both HTTP versions, to the RPCs. Nothing that a peer sends makes it throw.
 *
 * A call passes, in this order: its authority, its deadline, what is wrong with its head, `admit`, its whole body, and the
 * fast path if the call is plain, otherwise Connect. So a caller without a token costs the server a response and no
 * memory, and a handler never waits for its request. What is refused on the way takes the rest of its body along
 * (port/abandon-body.ts).
 */
export function createAdapter(options: AdapterOptions): PortHandler {
  const {
    routes,
    fallback,
    explain,
    fastPath,
    callerOf = callerWithoutBudget,
    admit,
    observe,
    interceptors = [],
    ...routerOptions
  } = options;
  const acceptCompression = options.acceptCompression?.map(blameSender);
  const router = createConnectRouter({
    ...routerOptions,
    interceptors: [noteCode, ...interceptors],
    ...(acceptCompression && { acceptCompression }),
    requestGate: watchErrors,
  });
  routes(router);
  const rpcs = new Map(router.handlers.map((rpc) => [rpc.requestPath, rpc]));
  const bodyBytes = (options.readMaxBytes ?? Number.POSITIVE_INFINITY) + ENVELOPE_BYTES;

  async function serve(rpc: Rpc, request: PortRequest, response: PortResponse): Promise<void> {
    const caller = callerOf(request);
    const call = new Call(rpc.method.name, request, caller.address);
    let answer: UniversalServerResponse | undefined;
    // Connect's promise is no sign of the end: it stays pending after a response that was written.
    response.once("close", () => {
      if (call.code === undefined && answer && response.writableEnded) refused(call, codeOfResponse(answer));
      observe(call.ended());
    });
    const servePlain = fastPath?.(rpc, request);
    const mistake = servePlain ? undefined : mistakeOf(rpc, request);
    if (mistake) {
      // As for what falls back.
      await nextTurn();
      return refuseMistake(call, request, response, mistake);
    }
    const admitted = admit?.(rpc, request.headers, caller);
    let member: Member | undefined;
    const refusal = await admitted?.then((admittedAs) => {
      member = admittedAs;
    }, ConnectError.from);
    // Who has to wait for a body asks again when it is there, for its member may have left meanwhile.
    if (!request.complete) member = undefined;
    if (refusal) call.failed(refusal);
    if (refusal && refuseCall(request, response, refusal)) return;
    let body: Uint8Array[] | undefined;
    // A refusal that could not be sent is of no protocol; Connect refuses such a call without its body.
    if (refusal) body = [];
    else if (hasOneMessage(rpc)) {
      const isOpen = admit !== undefined && admitted === undefined;
      const limit = isOpen ? Math.min(OPEN_BODY_BYTES, bodyBytes) : bodyBytes;
      const isTooLong = isOpen && Number(request.headers["content-length"]) > limit;
      if (isTooLong && refuseTooLarge(call, request, response, limit)) return;
      body = await readBody(request, limit);
      // A request that breaks off gets no response, and nothing of it is carried out.
      if (body === undefined) return;
      if (isOpen && isLonger(body, limit) && refuseTooLarge(call, request, response, limit)) return;
    }
    // A call that is left to Connect after all is one that Connect refuses.
    const served = body && !refusal && servePlain?.({ request, response, call, caller, member }, body);
    if (served) return served;
    if (body && !isWebText(request.headers["content-type"]) && lacksEnvelope(request, body)) {
      const missing: Mistake = { kind: "envelope", example: exampleOf(rpc) };
      return refuseMistake(call, request, response, missing);
    }
    const values = createContextValues()
      .set(openSinkKey, () => openSink(request, response))
      .set(callKey, call)
      .set(callerKey, caller);
    const universal = universalRequestFromNodeRequest(request, response, undefined, values);
    try {
      answer = await serveByConnect(rpc, request, universal, body);
      if (!answer) return refuseText(call, request, response);
      const vary = answer.header?.get("vary");
      if (vary) answer.header?.set("vary", mergeVary(response, vary));
      if (!isRead(request)) abandonBody(request, response);
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

  function refused(call: Call, code: string): void {
    call.code = code;
    observe({ kind: "call_refused", rpc: call.rpc, reason: code, address: call.address });
  }

  function refuseMistake(call: Call, request: PortRequest, response: PortResponse, mistake: Mistake): void {
    const error = explain(mistake, request.headers["accept-language"]);
    const status = statusOf(mistake);
    refused(call, status === undefined ? "invalid_argument" : codeOfResponse({ status }));
    if (status === undefined && refuseCall(request, response, error)) return;
    respondMistake(request, response, mistake, error);
  }

  function refuseText(call: Call, request: PortRequest, response: PortResponse): void {
    refused(call, "invalid_argument");
    refuseCall(request, response, new ConnectError("the body is not in base64", Code.InvalidArgument));
  }

  /** Returns false for a call of no protocol. */
  function refuseTooLarge(call: Call, request: PortRequest, response: PortResponse, limit: number): boolean {
    if (!refuseCall(request, response, tooLarge(limit))) return false;
    refused(call, "resource_exhausted");
    return true;
  }

  /** A body that came with its head has been read by then, and need not be abandoned. */
  function fallBack(request: PortRequest, response: PortResponse): void {
    try {
      fallback(request, response);
    } catch (error) {
      fail(error, request.url ?? "", response);
    }
  }

  function fail(error: unknown, rpc: string, response: PortResponse): void {
    observe({ kind: "call_failed", rpc, error });
    if (response.headersSent) response.destroy();
    else refuse(response, 500, new ConnectError("internal error", Code.Internal));
  }

  return (request, response) => {
    useOriginForm(request);
    const path = request.url?.split("?", 1)[0] ?? "";
    try {
      if (!settleAuthority(request)) {
        const { address } = callerOf(request);
        observe({ kind: "call_refused", rpc: "unknown", reason: "invalid_argument", address });
        return refuse(response, 400, NO_AUTHORITY);
      }
      dropFarDeadline(request.headers);
      const rpc = rpcs.get(path);
      if (rpc) serve(rpc, request, response).catch((error) => fail(error, rpc.method.name, response));
      else setImmediate(() => fallBack(request, response));
    } catch (error) {
      fail(error, path, response);
    }
  };
}

/** Undefined for the text form of gRPC-Web if the body is no text. */
async function serveByConnect(
  rpc: Rpc,
  request: PortRequest,
  universal: UniversalServerRequest,
  body: readonly Uint8Array[] | undefined,
): Promise<UniversalServerResponse | undefined> {
  const whole = { ...universal, method: methodOf(rpc, request), ...(body && { body: bodyOf(body) }) };
  const type = request.headers["content-type"] ?? "";
  if (body && isWebText(type)) {
    const plain = requestOfText(whole, body);
    return plain && responseAsText(adjustResponse(await rpc(plain)), type);
  }
  const response = adjustResponse(await rpc(whole));
  if (request.method !== "HEAD") return response;
  return { status: response.status, ...(response.header && { header: response.header }) };
}

function hasOneMessage({ method }: Rpc): boolean {
  return method.methodKind === "unary" || method.methodKind === "server_streaming";
}

function isLonger(chunks: readonly Uint8Array[], limit: number): boolean {
  return chunks.reduce((sum, { length }) => sum + length, 0) > limit;
}

function tooLarge(limit: number): ConnectError {
  return new ConnectError(`a request of this RPC has at most ${limit} bytes`, Code.ResourceExhausted);
}

function isRead(request: PortRequest): boolean {
  return request.readableEnded;
}

function refuse(response: PortResponse, status: number, error: ConnectError): void {
  respond(response, status, { "content-type": "application/json" }, errorToJsonBytes(error, undefined));
}
