import assert from "node:assert/strict";
import { GapReason } from "../../../gen/parlance/v1/event_pb.js";
import { receivedMessage } from "../assertions.js";
import { MANY_CALLS_MS, testCase } from "../case.js";
import { foreignCursor, onServer } from "../servers.js";

export const gapCases = [
  testCase("SUB-2 HELLO-7 GAP-4", "a cursor of another log gives a gap, then live events", async (target) => {
    const cursor = await foreignCursor(target);
    const ada = await target.login();
    const feed = await target.subscribe(ada, { after: cursor });
    const [hello, gap] = feed.items;
    assert.ok(hello?.kind.case === "hello" && !hello.kind.value.resumed);
    assert.equal(gap?.kind.case === "gap" && gap.kind.value.reason, GapReason.STORE_REPLACED);
    await ada.say("live");
    await receivedMessage(feed, "live");
  }),
  testCase(
    "SUB-2 HELLO-7 GAP-3 LE-14",
    "a trimmed cursor gives a gap, then every retained event, on a feed and by page",
    (target) => {
      const flags = ["--keep-events", "100", "--ring-events", "64"];
      return onServer(target, "a server that retains few events", flags, async (small) => {
        const ada = await small.login();
        const { cursor } = await ada.say("the first");
        for (let i = 0; i < 300; i++) await ada.say(`${i}`);
        const feed = await small.subscribe(ada, { after: cursor });
        const gap = feed.items[1]!;
        assert.equal(gap.kind.case === "gap" && gap.kind.value.reason, GapReason.TRIMMED);
        await receivedMessage(feed, "299");
        const { events } = await ada.chat.listEvents({ after: cursor, pageSize: 500 }, ada.options);
        assert.deepEqual(
          events.map(({ id }) => id),
          feed.events.map(({ id }) => id),
        );
      });
    },
    MANY_CALLS_MS,
  ),
  testCase("GAP-1", "a feed resumes from the cursor of a gap", async (target) => {
    const cursor = await foreignCursor(target);
    const ada = await target.login();
    const first = await target.subscribe(ada, { after: cursor });
    await ada.say("since");
    const feed = await target.subscribe(ada, { after: first.items[1]!.cursor });
    await receivedMessage(feed, "since");
    assert.ok(feed.items.every(({ kind }) => kind.case !== "gap"));
  }),
];
