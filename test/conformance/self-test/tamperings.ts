import { clone, create } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import {
  type LoginResponse,
  type SendToRequest,
  type SendToResponse,
  type SubscribeRequest,
  type SubscribeResponse,
  SubscribeResponseSchema,
} from "../../../gen/parlance/v1/chat_service_pb.js";
import { ErrorDetailSchema, type ErrorReason } from "../../../gen/parlance/v1/errors_pb.js";
import { type ItemKind, itemOf } from "../../support/people.js";
import type { Rpc, Tampering } from "./proxy.js";

type Feed = AsyncIterable<SubscribeResponse>;
const is = (kind: ItemKind, response: SubscribeResponse) => itemOf(response).kind.case === kind;

/** Drops the `request_id` of one RPC, so that its retries are not deduplicated. */
export const withoutRequestId = (of: string) => () => ({
  request: (rpc: string, request: Record<string, unknown>) =>
    rpc === of ? { ...request, requestId: "" } : undefined,
});

/** A feed that omits the items of one kind. */
export const without = (kind: ItemKind) => () => ({
  async *feed(feed: Feed) {
    for await (const response of feed) if (!is(kind, response)) yield response;
  },
});

/** A feed whose items are changed, each a copy of its own. */
export const changed = (change: (item: SubscribeResponse["item"]) => void) => () => ({
  async *feed(feed: Feed) {
    for await (const response of feed) {
      const copy = clone(SubscribeResponseSchema, response);
      change(copy.item);
      yield copy;
    }
  },
});

/** The response of an RPC with other fields. */
export const responding = (of: Rpc, fields: object) => () => ({
  response: async (rpc: Rpc, forward: () => Promise<object>) => ({
    ...(await forward()),
    ...(rpc === of && fields),
  }),
});

/** Calls that fail for this reason succeed instead. */
export const accepting = (reason: ErrorReason, fields: object) => () => ({
  response: (_: Rpc, forward: () => Promise<object>) =>
    forward().catch((error) => {
      const [detail] = ConnectError.from(error).findDetails(ErrorDetailSchema);
      if (detail?.reason === reason) return fields;
      throw error;
    }),
});

/** Swaps every message with the event after it. */
export async function* reordered(feed: Feed) {
  let held: SubscribeResponse | undefined;
  for await (const response of feed) {
    if (!held && is("groupMessage", response)) {
      held = response;
      continue;
    }
    yield response;
    if (held) yield held;
    held = undefined;
  }
}

/** Delivers the first message of a resumed feed `times` times. */
export const repeatFirst = (times: number) => () => ({
  async *feed(feed: Feed, { after }: SubscribeRequest) {
    let first = after !== "";
    for await (const response of feed) {
      const copies = first && is("groupMessage", response) ? times : 1;
      first &&= !is("groupMessage", response);
      for (let i = 0; i < copies; i++) yield response;
    }
  },
});

/** Reads ahead of its reader, as far as there is something to read. */
export async function* queued(feed: Feed): AsyncGenerator<SubscribeResponse> {
  const queue: SubscribeResponse[] = [];
  let [wake, over] = [() => {}, false];
  const end = (async () => {
    for await (const response of feed) {
      queue.push(response);
      wake();
    }
    over = true;
  })();
  while (!over || queue.length > 0) {
    const response = queue.shift();
    if (response) yield response;
    else await Promise.race([end, new Promise<void>((resolve) => (wake = resolve))]);
  }
}

/** Private messages reach every feed. */
export function leaking(): Tampering {
  const leaks: SubscribeResponse[] = [];
  return {
    async response(rpc, forward, request) {
      const result = await forward();
      if (rpc === "sendTo") {
        const { recipient, text } = request as SendToRequest;
        const { id, cursor } = result as SendToResponse;
        const kind = { case: "privateMessage", value: { sender: "someone", recipient, text } } as const;
        leaks.push(create(SubscribeResponseSchema, { item: { case: "event", value: { id, cursor, kind } } }));
      }
      return result;
    },
    feed: (feed) => withMore(feed, leaks),
  };
}

/** What one sender learns of undelivered messages reaches every feed. */
export function reportingToAll(): Tampering {
  const reports: SubscribeResponse[] = [];
  return {
    async *feed(feed) {
      for await (const response of withMore(feed, reports)) {
        if (is("undelivered", response) && !reports.includes(response)) reports.push(response);
        yield response;
      }
    },
  };
}

/** Every login is announced at once. */
export function announcingLogins(): Tampering {
  const joins: SubscribeResponse[] = [];
  return {
    async response(rpc, forward) {
      const result = await forward();
      if (rpc === "login") {
        const { user } = result as LoginResponse;
        const kind = { case: "joined", value: user ? { user } : {} } as const;
        joins.push(create(SubscribeResponseSchema, { item: { case: "event", value: { id: "x", kind } } }));
      }
      return result;
    },
    feed: (feed) => withMore(feed, joins),
  };
}

/** A feed in which each of `more` that is added from now on precedes the next item. */
async function* withMore(feed: Feed, more: readonly SubscribeResponse[]): AsyncGenerator<SubscribeResponse> {
  let sent = more.length;
  for await (const response of feed) {
    while (sent < more.length) yield more[sent++]!;
    yield response;
  }
}

export function everySecondFeed(feed: NonNullable<Tampering["feed"]>): Tampering {
  let feeds = 0;
  return { feed: (source, request) => (feeds++ % 2 === 0 ? source : feed(source, request)) };
}
