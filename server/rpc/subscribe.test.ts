import { Code, createClient, createRouterTransport } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { systemClock } from "../system.js";
import { subscribe } from "./subscribe.js";

test("a call without a response of Node's behind it is a fault, and says so in the log", async () => {
  const faults: unknown[] = [];
  const never = () => {
    throw new Error("not to be called");
  };
  const handler = subscribe({
    room: { openFeed: never },
    feed: { open: never },
    clock: systemClock,
    maxBacklog: 500,
    heartbeatMs: 15_000,
    locale: "en",
    fault: (error) => faults.push(error),
  });
  const transport = createRouterTransport(({ service }) => service(ChatService, { subscribe: handler }));
  const feed = createClient(ChatService, transport).subscribe({})[Symbol.asyncIterator]();
  await expect(feed.next()).rejects.toMatchObject({ code: Code.Internal });
  expect(faults).toEqual([new Error("there is no response of Node's behind this call")]);
});
