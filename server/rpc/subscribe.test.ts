import { create } from "@bufbuild/protobuf";
import { Code, createClient, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, test, vi } from "vitest";
import { ChatService, SubscribeRequestSchema } from "../../gen/parlance/v1/chat_service_pb.js";
import { LimitsSchema } from "../../gen/parlance/v1/limits_pb.js";
import type { Subscription } from "../feed/subscription.js";
import { AddressBudgets } from "../room/members/address-budgets.js";
import type { Member } from "../room/members/member.js";
import type { Observation } from "../room/observer.js";
import type { FeedTicket } from "../room/verbs/subscribe.js";
import { systemClock } from "../system.js";
import { createToError } from "./auth.js";
import { type SubscribeOptions, subscribe, subscribeHandler } from "./subscribe.js";

const never = () => {
  throw new Error("not to be called");
};

function optionsWith(parts: Partial<SubscribeOptions>): SubscribeOptions {
  return {
    room: { subscribe: never },
    feed: { open: never },
    budgets: new AddressBudgets({
      rates: { logins: 0, messages: 0, reads: 0 },
      maxMembers: 10,
      clock: systemClock,
    }),
    clock: systemClock,
    limits: create(LimitsSchema),
    toError: createToError({ fallback: "en", observe: never }),
    ...parts,
  };
}

test("a call without a response of Node's behind it is a fault, and says so in the log", async () => {
  const observations: Observation[] = [];
  const handler = subscribe(
    optionsWith({
      toError: createToError({ fallback: "en", observe: (observation) => observations.push(observation) }),
    }),
  );
  const transport = createRouterTransport(({ service }) => service(ChatService, { subscribe: handler }));
  const feed = createClient(ChatService, transport).subscribe({})[Symbol.asyncIterator]();
  await expect(feed.next()).rejects.toMatchObject({ code: Code.Internal });
  const error = new Error("this call has no response of Node's");
  expect(observations).toEqual([{ kind: "call_failed", rpc: "Subscribe", error }]);
});

describe("a reader that leaves while its feed is being opened", () => {
  const who = {
    member: {} as Member,
    caller: { address: undefined, budget: "", place: "" },
    authorization: undefined,
  };
  const request = create(SubscribeRequestSchema);
  const left = new Error("left");

  test("returns its ticket, and opens no feed", async () => {
    const ticket = { close: vi.fn() };
    const room = {
      subscribe: async () => {
        feed.leave(left);
        return ticket as unknown as FeedTicket;
      },
    };
    const feed = subscribeHandler(optionsWith({ room })).newFeed();
    const opening = feed.open(request, who, () => undefined);
    await expect(opening).rejects.toBe(left);
    expect(ticket.close).toHaveBeenCalled();
  });

  test("closes its subscription and returns its ticket", async () => {
    const ticket = { close: vi.fn(), attach: vi.fn(), position: { epoch: "e", seq: 1 } };
    const subscription = { close: vi.fn() };
    const options = optionsWith({
      room: { subscribe: async () => ticket as unknown as FeedTicket },
      feed: {
        open: async () => {
          feed.leave(left);
          return subscription as unknown as Subscription;
        },
      },
    });
    const feed = subscribeHandler(options).newFeed();
    const opening = feed.open(request, who, () => undefined);
    await expect(opening).rejects.toBe(left);
    expect([ticket.close, subscription.close].every((close) => close.mock.calls.length > 0)).toBe(true);
    expect(ticket.attach).not.toHaveBeenCalled();
  });

  test("before it began, asks for nothing", async () => {
    const feed = subscribeHandler(optionsWith({})).newFeed();
    feed.leave(left);
    await expect(feed.open(request, who, () => undefined)).rejects.toBe(left);
  });
});
