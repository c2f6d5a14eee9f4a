import { create } from "@bufbuild/protobuf";
import { Code, createClient, createRouterTransport } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { LimitsSchema } from "../../gen/parlance/v1/limits_pb.js";
import { AddressBudgets } from "../room/members/address-budgets.js";
import type { Observation } from "../room/observer.js";
import { systemClock } from "../system.js";
import { createToError } from "./auth.js";
import { subscribe } from "./subscribe.js";

test("a call without a response of Node's behind it is a fault, and says so in the log", async () => {
  const observations: Observation[] = [];
  const never = () => {
    throw new Error("not to be called");
  };
  const handler = subscribe({
    room: { subscribe: never },
    feed: { open: never },
    budgets: new AddressBudgets({
      rates: { logins: 0, messages: 0, reads: 0 },
      maxMembers: 10,
      clock: systemClock,
    }),
    clock: systemClock,
    limits: create(LimitsSchema),
    toError: createToError({
      fallback: "en",
      observe: (observation) => observations.push(observation),
    }),
  });
  const transport = createRouterTransport(({ service }) => service(ChatService, { subscribe: handler }));
  const feed = createClient(ChatService, transport).subscribe({})[Symbol.asyncIterator]();
  await expect(feed.next()).rejects.toMatchObject({ code: Code.Internal });
  const error = new Error("this call has no response of Node's");
  expect(observations).toEqual([{ kind: "call_failed", rpc: "Subscribe", error }]);
});
