import assert from "node:assert/strict";
import { GapReason } from "../../../gen/parlance/v1/event_pb.js";
import { must, NotApplicable } from "../case.js";
import { heardSaying } from "../hearing.js";

export const gapCases = [
  must("Never a silent hole: where events are gone, a `gap` says so.", "another log", async (world) => {
    if (!world.own) throw new NotApplicable("takes a second server");
    const other = await world.own.another();
    const { cursor } = await (await other.world.enter()).say("elsewhere");
    await other.close();
    const ada = await world.enter();
    const feed = await world.listen(ada, { after: cursor });
    const [hello, gap] = feed.heard;
    assert.ok(hello?.kind.case === "hello" && !hello.kind.value.resumed);
    assert.equal(gap?.kind.case === "gap" && gap.kind.value.reason, GapReason.STORE_REPLACED);
    await ada.say("live");
    await heardSaying(feed, "live");
  }),
  must(
    "Never a silent hole: where events are gone, a `gap` says so.",
    "events that are no longer kept",
    async (world) => {
      if (!world.own) throw new NotApplicable("takes a server that keeps few events");
      const { world: small, close } = await world.own.another("--keep-events", "100", "--ring-events", "64");
      try {
        const ada = await small.enter();
        const { cursor } = await ada.say("the first");
        for (let i = 0; i < 300; i++) await ada.say(`${i}`);
        const feed = await small.listen(ada, { after: cursor });
        const gap = feed.heard[1]!;
        assert.equal(gap.kind.case === "gap" && gap.kind.value.reason, GapReason.TRIMMED);
        await heardSaying(feed, "299");
      } finally {
        await small.tidy();
        await close();
      }
    },
  ),
  must("The feed goes on from this event's cursor; ask ListUsers again.", async (world) => {
    if (!world.own) throw new NotApplicable("takes a second server");
    const other = await world.own.another();
    const { cursor } = await (await other.world.enter()).say("elsewhere");
    await other.close();
    const ada = await world.enter();
    const first = await world.listen(ada, { after: cursor });
    await ada.say("since");
    const feed = await world.listen(ada, { after: first.heard[1]!.cursor });
    await heardSaying(feed, "since");
    assert.ok(feed.heard.every(({ kind }) => kind.case !== "gap"));
  }),
];
