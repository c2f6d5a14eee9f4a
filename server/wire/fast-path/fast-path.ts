/**
 * The fast path: plain calls are served without the layers that make Connect general, in the same bytes for a part of the
 * work (docs/performance.md). It follows everything that the adapter does for a call, its authority, its admission, its
 * body and its limits, and only replaces what Connect does with a request that is there as a whole. Whatever is not
 * plain is left to Connect: a call in gRPC-Web, by GET, or compressed, and every request that is wrong in any way.
 *
 *     form.ts    what is plain, and how the call's protocol and codec write it
 *     reply.ts   the response
 */
import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { PortRequest, PortResponse } from "../../port/port.js";
import type { Member } from "../../room/members/member.js";
import type { Observer } from "../../room/observer.js";
import type { Caller } from "../address.js";
import type { Call, Rpc } from "../calls.js";
import type { Enter, FeedHandler, ToError, UnaryHandler, Who } from "../handlers.js";
import { openSink } from "../sinks.js";
import { Form, type JsonOptions } from "./form.js";
import { Reply } from "./reply.js";

export interface FastPathOptions {
  readonly calls: readonly UnaryHandler[];
  readonly streams: readonly FeedHandler[];
  readonly enter: Enter;
  readonly toError: ToError;
  readonly observe: Observer;
  /** Largest message in bytes. */
  readonly readMaxBytes: number;
  readonly jsonOptions: JsonOptions;
}

/** A call that has been admitted. `member`: undefined if it is to be authenticated again. */
interface Arrived {
  readonly request: PortRequest;
  readonly response: PortResponse;
  readonly call: Call;
  readonly caller: Caller;
  readonly member: Member | undefined;
}

/**
 * Decides by the head of a request, before any of its body is read, whether it is plain. If so, it returns how to serve the
 * call once its body is there; and that leaves to Connect, by returning undefined, what cannot be read.
 */
export type FastPath = (
  rpc: Rpc,
  request: PortRequest,
) => ((arrived: Arrived, body: readonly Uint8Array[]) => Promise<void> | undefined) | undefined;

export function createFastPath(options: FastPathOptions): FastPath {
  const { calls, streams, readMaxBytes, jsonOptions } = options;
  const byMethod = new Map<Rpc["method"], UnaryHandler | FeedHandler>();
  for (const one of [...calls, ...streams]) byMethod.set(one.method, one);
  return (rpc, request) => {
    const served = byMethod.get(rpc.method);
    const form = served && Form.of(rpc, request);
    if (!form) return undefined;
    return (arrived, body) => {
      const input = form.read(rpc.method.input, body, readMaxBytes, jsonOptions);
      if (!input) return undefined;
      const plain = new PlainCall(options, form, arrived);
      return "handle" in served ? plain.serve(served, input) : plain.feed(served, input);
    };
  };
}

/** What ends a call whose caller has left. */
const LEFT = new Error("the caller left");

class PlainCall {
  private readonly reply: Reply;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: FastPathOptions,
    private readonly form: Form,
    private readonly arrived: Arrived,
  ) {
    this.reply = new Reply(form, arrived.response);
  }

  async serve(handler: UnaryHandler, input: MessageShape<DescMessage>): Promise<void> {
    const { form, reply } = this;
    this.setDeadline((overdue) => void this.refuse(overdue));
    try {
      const who = await this.enter();
      // Who has been refused, or has left, must not have the call carried out.
      if (reply.isOver) return;
      const { output } = handler.method;
      const bytes = form.write(output, create(output, await handler.handle(input, who)));
      this.arrived.call.code ??= "ok";
      await reply.respond(bytes);
    } catch (error) {
      await this.refuse(this.toError(error));
    } finally {
      clearTimeout(this.timer);
    }
  }

  /** Resolves when the feed writes to the response by itself. */
  async feed({ method, newFeed }: FeedHandler, input: MessageShape<DescMessage>): Promise<void> {
    const { form, reply } = this;
    const { request, response, call } = this.arrived;
    const feed = newFeed();
    this.setDeadline((overdue) => feed.leave(overdue));
    response.once("close", () => {
      clearTimeout(this.timer);
      feed.leave(LEFT);
    });
    try {
      const who = await this.enter();
      const first = await feed.open(input, who, (name, value) => reply.setHeader(name, value));
      await reply.begin(form.write(method.output, first));
      const outlet = { protocol: call.protocol, sink: openSink(request, response), encoding: form.encoding };
      feed.push(outlet, (reason) => {
        this.endFeed(reason).catch((error: unknown) => {
          this.toError(error);
          response.destroy();
        });
      });
    } catch (error) {
      feed.leave(error);
      await this.endFeed(error);
    }
  }

  private async endFeed(reason: unknown): Promise<void> {
    const { call, caller } = this.arrived;
    if (reason === LEFT)
      this.options.observe({ kind: "call_aborted", rpc: call.rpc, error: LEFT, address: caller.address });
    else await this.refuse(reason instanceof Overdue ? reason : this.toError(reason));
  }

  private async enter(): Promise<Who> {
    const { request, call, caller, member } = this.arrived;
    const { authorization } = request.headers;
    const admitted = await this.options.enter(call.rpc, authorization, caller, member);
    return { member: admitted, caller, authorization };
  }

  private async refuse(error: ConnectError): Promise<void> {
    if (this.reply.isOver) return;
    this.arrived.call.failed(error);
    await this.reply.fail(error);
  }

  private toError(error: unknown): ConnectError {
    const { request, call } = this.arrived;
    return this.options.toError(error, call.rpc, request.headers["accept-language"], call.address);
  }

  private setDeadline(pass: (overdue: Overdue) => void): void {
    const { timeoutMs } = this.form;
    if (timeoutMs !== undefined) this.timer = setTimeout(() => pass(new Overdue()), timeoutMs);
  }
}

class Overdue extends ConnectError {
  constructor() {
    super("the operation timed out", Code.DeadlineExceeded);
  }
}
