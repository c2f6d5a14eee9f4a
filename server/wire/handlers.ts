/** Handlers of RPCs in plain values, without anything of Connect: so Connect and the fast path call the same. */
import type {
  DescMessage,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { Outlet } from "../feed/push-reader.js";
import type { Member } from "../room/members/member.js";
import type { Caller } from "./address.js";

/** Who makes a call. `member`: undefined for an RPC that is open to everyone. */
export interface Who {
  readonly member: Member | undefined;
  readonly caller: Caller;
  /** The header of that name, as the caller sent it. */
  readonly authorization: string | null | undefined;
}

export interface UnaryHandler<I extends DescMessage = DescMessage, O extends DescMessage = DescMessage> {
  readonly method: DescMethodUnary<I, O>;
  handle(request: MessageShape<I>, who: Who): Promise<MessageInitShape<O>>;
}

/** Ties the types of request and response together. */
export function unaryHandler<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  handle: UnaryHandler<I, O>["handle"],
): UnaryHandler<I, O> {
  return { method, handle };
}

/** The feed of one call. */
export interface CallFeed<I extends DescMessage, O extends DescMessage> {
  /** Returns the first message. Rejects once `leave` has been called, too. */
  open(
    request: MessageShape<I>,
    who: Who,
    setHeader: (name: string, value: string) => void,
  ): Promise<MessageShape<O>>;
  /** Writes to the outlet until the feed is over; `ended` then receives what ended it. */
  push(outlet: Outlet, ended: (reason: unknown) => void): void;
  /** Ends it without another word, whether or not it is open; `reason`: what `open` and `push` then report. */
  leave(reason: unknown): void;
}

export interface FeedHandler<I extends DescMessage = DescMessage, O extends DescMessage = DescMessage> {
  readonly method: DescMethodServerStreaming<I, O>;
  newFeed(): CallFeed<I, O>;
}

/** Ties the types of request and messages together. */
export function feedHandler<I extends DescMessage, O extends DescMessage>(
  method: DescMethodServerStreaming<I, O>,
  newFeed: FeedHandler<I, O>["newFeed"],
): FeedHandler<I, O> {
  return { method, newFeed };
}

/**
 * Admits a call of the chat that is there as a whole, once: authenticates it, unless the RPC is open to everyone, and takes
 * what it costs its address. Returns the calling member; throws what ToError translates. `known`: the member that was
 * authenticated just now.
 */
export type Enter = (
  rpc: string,
  authorization: string | null | undefined,
  caller: Caller,
  known?: Member,
) => Promise<Member | undefined>;

/**
 * The error that a caller receives. An unforeseen one is observed as a defect and keeps its message to itself.
 * `acceptLanguage`: the caller's header; `address`: the caller's.
 */
export type ToError = (
  error: unknown,
  rpc: string,
  acceptLanguage: string | null | undefined,
  address: string | undefined,
) => ConnectError;
