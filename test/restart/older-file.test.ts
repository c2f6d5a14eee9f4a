import { join } from "node:path";
import { expect, test } from "vitest";
import { Feature } from "../../gen/parlance/v1/limits_pb.js";
import { resolveEvent } from "../../server/room/log/event-id.js";
import { summarize } from "../support/people.js";
import { openRoomInFile } from "./room-in-file.js";

/**
 * Written by the server whose records were of version 1 and whose store had schema 3: two members, one of whom ignored
 * group messages for a while, and one who left. The members' tokens and keys are valid at this time. The file is never
 * rewritten: another stored form gets a file of its own.
 */
const older = { path: join(import.meta.dirname, "fixtures/schema-3.db"), atMs: 1_764_000_010_000 };
const ada = {
  nickname: "ada",
  id: "O2w5j3-UX4cJVJ76",
  token: "OZBDEy5mP7EgSRiAe-s8kg-7eObl7NUu_69DKxFkh5k",
};
const ming = {
  nickname: "小明",
  id: "D8bf9WK_740UjFDg",
  token: "48fsIaoFVGZENNqPpEtqTwbtAdrkSdBzlmyqe0m4Wzs",
};

const seenByAda = [
  "+ada",
  "+小明",
  "ada: hello",
  "ada -> 小明: psst 🙂",
  "小明: two\nlines",
  "ada: not for everyone",
  "+eve",
  "-eve",
  "小明 -> ada: and back",
];
const seenByMing = [
  ...seenByAda.slice(0, 5),
  "ignoring: true",
  "+eve",
  "-eve",
  "ignoring: false",
  "小明 -> ada: and back",
];

test.each([
  { member: ada, seen: seenByAda },
  { member: ming, seen: seenByMing },
])("the events of an older file reach $member.nickname as events of today", async ({ member, seen }) => {
  const room = await openRoomInFile({ older });
  const person = room.back(member);
  const { events } = await person.chat.listEvents({}, person.options);
  expect(events.map(summarize)).toEqual(seen);
  const feed = person.listen({ backlog: 500 });
  const { limits } = (await feed.next("hello")).kind.value;
  expect(limits?.features).toEqual([
    Feature.DURABLE,
    Feature.REGISTRATION,
    Feature.MODERATION,
    Feature.REDACTION,
    Feature.SEARCH,
    Feature.REPLIES,
    Feature.EDITING,
  ]);
  const { online } = (await feed.next("caughtUp")).kind.value;
  expect(feed.summary()).toEqual(["hello", ...seen, "caughtUp"]);
  expect(online).toBe(2);
  const items = feed.items.slice(1, -1);
  expect(items.map(({ id, cursor, time, kind }) => ({ id, cursor, time, kind }))).toEqual(
    events.map(({ id, cursor, time, kind }) => ({ id, cursor, time, kind })),
  );
  expect(new Set(items.map(({ id }) => id)).size).toBe(seen.length);
  for (const { id } of items) expect(await resolveEvent(room.store.log, id)).toBeDefined();
  const psst = items.find(({ kind }) => kind.case === "privateMessage")!;
  expect(psst.kind.value).toMatchObject({ senderId: ada.id, recipientId: ming.id });
  expect(items[0]!.kind.value).toMatchObject({ user: { nickname: "ada", id: ada.id } });
  expect(items[0]!.kind.value).not.toHaveProperty("user.$unknown");
});

test("a retry of a call to the older server returns its first result", async () => {
  const room = await openRoomInFile({ older });
  const person = room.back(ada);
  const { events } = await person.chat.listEvents({}, person.options);
  const first = events.find((event) => summarize(event) === "ada: hello")!;
  const { id, time } = first;
  expect(await person.say("hello", "r1")).toMatchObject({ id, time, duplicate: true });
  const sent = await person.sendTo("小明", "psst 🙂", "r2");
  expect(sent).toMatchObject({ id: events[3]!.id, duplicate: true });
  expect((await person.say("new", "r3")).duplicate).toBe(false);
});
