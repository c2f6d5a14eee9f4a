import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type {
  ChatService,
  SubscribeRequest,
  SubscribeResponse,
} from "../../gen/parlance/v1/chat_service_pb.js";
import type { Limits } from "../../gen/parlance/v1/limits_pb.js";
import type { Feed } from "../feed/feed.js";
import type { Outlet } from "../feed/push-reader.js";
import { FeedEnded } from "../feed/signals.js";
import type { Subscription } from "../feed/subscription.js";
import { endReasons, Refusal } from "../room/errors.js";
import { readCursor } from "../room/log/cursor.js";
import type { AddressBudgets } from "../room/members/address-budgets.js";
import type { Observer } from "../room/observer.js";
import { type Clock, Unavailable } from "../room/ports.js";
import type { Room } from "../room/room.js";
import { callerKey } from "../wire/address.js";
import { callKey } from "../wire/calls.js";
import { responseOfHello } from "../wire/codec/event.js";
import { encodingOf } from "../wire/codec/frames.js";
import { openSinkKey } from "../wire/sinks.js";
import { callingMember } from "./auth.js";
import { refusalToConnect } from "./errors.js";
import { type Locale, localeOf } from "./locale.js";

export interface SubscribeOptions {
  readonly room: Pick<Room, "subscribe">;
  readonly feed: Pick<Feed, "open">;
  readonly budgets: AddressBudgets;
  readonly clock: Clock;
  /** What hello announces; the feed keeps its heartbeat interval. */
  readonly limits: Limits;
  /** Language of errors where the caller names none. */
  readonly locale: Locale;
  readonly observe: Observer;
}

/** What a replayed event costs the budget of reads, and for how many at most: most are taken from memory. */
const REPLAYED_COST = 500;
const MAX_REPLAYED = 5_000;

type Subscribe = ServiceImpl<typeof ChatService>["subscribe"];

/**
 * Subscribe: the caller's feed. Ends with an error only. Connect writes the headers, hello and the end; the feed
 * writes what is between them to the response itself, unseen by interceptors.
 */
export function subscribe(options: SubscribeOptions): Subscribe {
  return async function* (request, ctx) {
    try {
      yield* serve(options, request, ctx);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal) {
        // The end of a feed was observed where it was decided.
        if (!(error instanceof FeedEnded))
          options.observe({
            kind: "call_refused",
            rpc: ctx.method.name,
            reason: refusal.reason,
            address: ctx.values.get(callKey)?.address,
          });
        throw refusalToConnect(refusal, localeOf(ctx.requestHeader, options.locale));
      }
      if (error !== ctx.signal.reason) options.observe({ kind: "call_failed", rpc: ctx.method.name, error });
      throw error;
    }
  };
}

async function* serve(
  { room, feed, budgets, clock, limits }: SubscribeOptions,
  request: SubscribeRequest,
  ctx: HandlerContext,
): AsyncGenerator<SubscribeResponse, void> {
  const after = request.after === "" ? undefined : readCursor(request.after, "after");
  const backlog = Math.min(request.backlog, limits.maxBacklog);
  const openOutlet = outletOf(ctx);
  // nginx holds a response back by default: hello would arrive after 4 KB, which can take hours.
  ctx.responseHeader.set("x-accel-buffering", "no");
  ctx.responseHeader.set("cache-control", "no-store");
  const ticket = await room.subscribe(callingMember(ctx));
  let subscription: Subscription | undefined;
  // A suspended generator cannot clean up: only the signal shows that its reader is gone.
  const leave = () => {
    subscription?.close();
    ticket.close();
  };
  ctx.signal.addEventListener("abort", leave, { once: true });
  try {
    ctx.signal.throwIfAborted();
    const { viewer, position, online, ignoring } = ticket;
    subscription = await feed.open({ viewer, position, online, backlog, ...(after && { after }) });
    ctx.signal.throwIfAborted();
    ticket.attach(subscription);
    const replayed = Math.min(MAX_REPLAYED, Math.max(0, position.seq - subscription.position.seq));
    budgets.charge("reads", ctx.values.get(callerKey).budget, replayed * REPLAYED_COST);
    const hello = { ignoring, resumed: subscription.resumed, limits, atMs: clock.now() };
    yield responseOfHello(hello, subscription.position);
    await subscription.push(openOutlet(), ctx.signal);
  } finally {
    leave();
  }
}

/** How to open the response for writing, once Connect has written hello. Throws where Connect has to be at fault. */
function outletOf({ values, responseHeader, protocolName }: HandlerContext): () => Outlet {
  const openSink = values.get(openSinkKey);
  if (!openSink) throw new Error("this call has no response of Node's");
  const encoding = encodingOf(responseHeader);
  if (!encoding) throw new Error(`no encoding for ${JSON.stringify([...responseHeader])}`);
  return () => ({ protocol: protocolName, sink: openSink(), encoding });
}

/** The refusal that the caller receives; undefined if the room did not end the feed, as at a deadline. */
function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof FeedEnded) {
    const { refusal, rule } = endReasons[error.reason];
    return new Refusal(refusal, rule === undefined ? {} : { rule }, { cause: error });
  }
  return error instanceof Unavailable ? new Refusal("STORE_UNAVAILABLE", {}, { cause: error }) : undefined;
}
