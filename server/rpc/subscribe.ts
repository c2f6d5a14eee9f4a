import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import {
  ChatService,
  type SubscribeRequest,
  type SubscribeResponse,
} from "../../gen/parlance/v1/chat_service_pb.js";
import type { Limits } from "../../gen/parlance/v1/limits_pb.js";
import type { Feed } from "../feed/feed.js";
import type { Outlet } from "../feed/push-reader.js";
import type { Subscription } from "../feed/subscription.js";
import { readCursor } from "../room/log/cursor.js";
import type { AddressBudgets } from "../room/members/address-budgets.js";
import type { Clock } from "../room/ports.js";
import type { Room } from "../room/room.js";
import type { FeedTicket } from "../room/verbs/subscribe.js";
import { callKey } from "../wire/calls.js";
import { responseOfHello } from "../wire/codec/event.js";
import { encodingOf } from "../wire/codec/frames.js";
import { feedHandler, type ToError, type Who } from "../wire/handlers.js";
import { openSinkKey } from "../wire/sinks.js";
import { memberOf, tokenOf, whoOf } from "./auth.js";

export interface SubscribeOptions {
  readonly room: Pick<Room, "subscribe">;
  readonly feed: Pick<Feed, "open">;
  readonly budgets: AddressBudgets;
  readonly clock: Clock;
  /** What hello announces; the feed keeps its heartbeat interval. */
  readonly limits: Limits;
  readonly toError: ToError;
}

/** What a replayed event costs the budget of reads, and for how many at most: most are taken from memory. */
const REPLAYED_COST = 500;
const MAX_REPLAYED = 5_000;

type Subscribe = ServiceImpl<typeof ChatService>["subscribe"];
const { name } = ChatService.method.subscribe;

/**
 * Subscribe: the caller's feed. Ends with an error only. Connect writes the headers, hello and the end; the feed
 * writes what is between them to the response itself, unseen by interceptors.
 */
export function subscribe(options: SubscribeOptions): Subscribe {
  return async function* (request, ctx) {
    const { signal, requestHeader, responseHeader } = ctx;
    const feed = new CallersFeed(options);
    // A suspended generator cannot clean up: only the signal shows that its reader is gone.
    const leave = () => feed.leave(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    try {
      const openOutlet = outletOf(ctx);
      yield await feed.open(request, whoOf(ctx), (name, value) => responseHeader.set(name, value));
      await new Promise<never>((_, reject) => feed.push(openOutlet(), reject));
    } catch (error) {
      if (error === signal.reason) throw error;
      const address = ctx.values.get(callKey)?.address;
      throw options.toError(error, name, requestHeader.get("accept-language"), address);
    } finally {
      leave();
    }
  };
}

/** The same in plain values. */
export function subscribeHandler(options: SubscribeOptions) {
  return feedHandler(ChatService.method.subscribe, () => new CallersFeed(options));
}

/** The feed of one call, from its request to its end. */
class CallersFeed {
  private ticket: FeedTicket | undefined;
  private subscription: Subscription | undefined;
  private left: { readonly reason: unknown } | undefined;

  constructor(private readonly options: SubscribeOptions) {}

  /** Returns hello. Rejects with a Refusal, with Unavailable, or with the reason for leaving. */
  async open(
    request: SubscribeRequest,
    who: Who,
    setHeader: (name: string, value: string) => void,
  ): Promise<SubscribeResponse> {
    const { room, feed, budgets, clock, limits } = this.options;
    const after = request.after === "" ? undefined : readCursor(request.after, "after");
    const backlog = Math.min(request.backlog, limits.maxBacklog);
    // nginx holds a response back by default: hello would arrive after 4 KB, which can take hours.
    setHeader("x-accel-buffering", "no");
    setHeader("cache-control", "no-store");
    this.stopIfLeft();
    const ticket = await room.subscribe(memberOf(who), tokenOf(who.authorization));
    this.ticket = ticket;
    this.stopIfLeft();
    const { viewer, position, online, ignoring } = ticket;
    const subscription = await feed.open({ viewer, position, online, backlog, ...(after && { after }) });
    this.subscription = subscription;
    this.stopIfLeft();
    ticket.attach(subscription);
    const replayed = Math.min(MAX_REPLAYED, Math.max(0, position.seq - subscription.position.seq));
    budgets.charge("reads", who.caller.budget, replayed * REPLAYED_COST);
    const hello = { ignoring, resumed: subscription.resumed, limits, atMs: clock.now() };
    return responseOfHello(hello, subscription.position);
  }

  /** Writes to the outlet until the feed is over; `ended`: receives FeedEnded, Unavailable, or the reason for leaving. */
  push(outlet: Outlet, ended: (reason: unknown) => void): void {
    if (this.left) ended(this.left.reason);
    else
      this.subscription?.push(outlet, (reason) => {
        this.leave(reason);
        ended(reason);
      });
  }

  /** Returns what is open, and what is still being opened as soon as it is. May be called twice. */
  leave(reason: unknown): void {
    this.left ??= { reason };
    this.subscription?.close(reason);
    this.ticket?.close();
  }

  private stopIfLeft(): void {
    if (!this.left) return;
    this.leave(this.left.reason);
    throw this.left.reason;
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
