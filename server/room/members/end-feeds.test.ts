import { expect, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.js";
import { describeNickname } from "../rules/nickname/nickname.js";
import { endFeeds } from "./end-feeds.js";
import { Member } from "./member.js";

/** Members with one feed each; `ends` grows as these end. */
function membersWithFeeds(count: number) {
  const ends: string[] = [];
  const members = Array.from({ length: count }, (_, i) => {
    const name = describeNickname(`reader${i}`);
    const rateLimit = { perSecond: 1, burst: 1 };
    const member = new Member({ id: `m${i}`, name, joinTime: 0, rateLimit, onWritten: () => undefined });
    member.feeds.add({
      end: (reason) => ends.push(`${i} ${reason}`),
      flush: () => undefined,
      isBlocked: () => false,
      readTo: () => undefined,
    });
    return member;
  });
  return { members, ends };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("the feeds of a large room end evenly over two seconds, each once", async () => {
  const clock = createManualClock();
  const { members, ends } = membersWithFeeds(1_000);
  const all = endFeeds(members, "CUT_OFF", clock);
  expect(ends).toHaveLength(25);
  for (let ms = 0; ms < 1_000; ms += 50) {
    clock.advance(50);
    await turn();
  }
  expect(ends).toHaveLength(525);
  for (let ms = 0; ms < 1_000; ms += 50) {
    clock.advance(50);
    await turn();
  }
  await all;
  expect(ends).toEqual(members.map((_, i) => `${i} CUT_OFF`));
});

test("no further feed ends once it is called off", async () => {
  const clock = createManualClock();
  const { members, ends } = membersWithFeeds(3);
  let goesOn = true;
  const all = endFeeds(members, "CUT_OFF", clock, () => goesOn);
  goesOn = false;
  clock.advance(50);
  await all;
  expect(ends).toEqual(["0 CUT_OFF"]);
});
