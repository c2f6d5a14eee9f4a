import assert from "node:assert/strict";
import { toJson } from "@bufbuild/protobuf";
import { EventSchema, GapReason } from "../../../gen/parlance/v1/event_pb.js";
import type { User } from "../../../gen/parlance/v1/user_pb.js";
import { assertRefused, receivedMessage } from "../assertions.js";
import { testCase } from "../case.js";
import { foreignCursor, onServer } from "../servers.js";

const json = (events: Parameters<typeof toJson<typeof EventSchema>>[1][]) =>
  events.map((event) => toJson(EventSchema, event));

const byNickname = (a: User, b: User) => (a.nickname < b.nickname ? -1 : 1);

export const listCases = [
  testCase("LU-1", "ListUsers sorts by nickname", async (target) => {
    const [b, a, c] = [`${target.prefix}b`, `${target.prefix}A`, `${target.prefix}c`];
    const people = [await target.join(b), await target.join(a), await target.join(c)];
    const [ada] = people;
    const { users } = await ada!.chat.listUsers({ prefix: target.prefix }, ada!.options);
    assert.deepEqual(
      users.map(({ nickname }) => nickname).filter((name) => [a, b, c].includes(name)),
      [a, b, c],
    );
  }),
  testCase("LU-4 LU-6 LU-7", "the pages of ListUsers contain every member once", async (target) => {
    const ada = await target.join();
    const names = [ada.nickname];
    for (let i = 0; i < 6; i++) names.push((await target.join()).nickname);
    const received: string[] = [];
    let pageToken = "";
    do {
      const page = await ada.chat.listUsers({ prefix: target.prefix, pageSize: 3, pageToken }, ada.options);
      assert.ok(page.users.length <= 3);
      assert.equal(page.totalSize, 7);
      received.push(...page.users.map(({ nickname }) => nickname));
      pageToken = page.nextPageToken;
    } while (pageToken !== "" && received.length < 100);
    assert.deepEqual(received.toSorted(), names.toSorted());
  }),
  testCase("LU-5", "ListUsers filters by prefix regardless of case and width", async (target) => {
    const ada = await target.join();
    for (const prefix of [ada.nickname.toUpperCase(), `ｃ${ada.nickname.slice(1)}`]) {
      const { users, totalSize } = await ada.chat.listUsers({ prefix }, ada.options);
      assert.deepEqual([users.map(({ id }) => id), totalSize], [[ada.id], 1]);
    }
    assert.ok((await ada.chat.listUsers({}, ada.options)).totalSize >= 1);
  }),
  testCase("LU-8", "ListUsers and the events after its cursor give the later list", async (target) => {
    const ada = await target.join();
    const [bob, carl] = [await target.join(), await target.join()];
    const list = () => ada.chat.listUsers({ prefix: target.prefix }, ada.options);
    const { users, totalSize, cursor } = await list();
    await bob.chat.logout({}, bob.options);
    await target.join(bob.nickname);
    await carl.chat.logout({}, carl.options);
    const later = new Map(users.map((user) => [user.id, user]));
    const feed = await target.subscribe(ada, { after: cursor });
    for (const { kind } of feed.events) {
      if (kind.case === "joined") later.set(kind.value.user!.id, kind.value.user!);
      if (kind.case === "left") later.delete(kind.value.user!.id);
    }
    const actual = await list();
    assert.deepEqual([...later.values()].sort(byNickname), actual.users);
    assert.deepEqual([totalSize, actual.totalSize], [3, 2]);
  }),
  testCase("LE-1 LE-6 LE-8 EV-2", "ListEvents returns what a feed delivered", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const feed = await target.subscribe(ada);
    const start = feed.cursor;
    for (const text of ["one", "two"]) await bob.say(text);
    await bob.sendTo(bob.nickname, "not for ada");
    await bob.sendTo(ada.nickname, "for ada");
    await bob.say("end");
    await receivedMessage(feed, "end");
    const { events } = await ada.chat.listEvents({ after: start, pageSize: 500 }, ada.options);
    assert.deepEqual(json(events), json(feed.events));
  }),
  testCase("LE-8", "ListEvents returns every kind of event that the log retains", async (target) => {
    const ada = await target.join();
    const { cursor } = await ada.chat.listUsers({}, ada.options);
    const bob = await target.join();
    await bob.say("to all");
    await bob.sendTo(ada.nickname, "to ada");
    await ada.chat.toggleIgnore({ ignoring: true }, ada.options);
    await bob.chat.logout({}, bob.options);
    const { events } = await ada.chat.listEvents({ after: cursor, pageSize: 500 }, ada.options);
    const kinds = events.map(({ kind }) => kind.case);
    assert.deepEqual(kinds, ["joined", "groupMessage", "privateMessage", "ignoreChanged", "left"]);
  }),
  testCase("LE-3 LE-4 LE-10", "ListEvents pages backwards from the latest events", async (target) => {
    const ada = await target.login();
    const cursors = [];
    for (const text of ["one", "two", "three"]) cursors.push((await ada.say(text)).cursor);
    const page = { pageSize: 2 };
    const latest = await ada.chat.listEvents(page, ada.options);
    assert.deepEqual(
      latest.events.map(({ cursor }) => cursor),
      cursors.slice(1),
    );
    const older = await ada.chat.listEvents({ ...page, before: latest.previousCursor }, ada.options);
    assert.equal(older.events.at(-1)?.cursor, cursors[0]);
  }),
  testCase("LE-6 LE-11", "next_cursor continues with newer events, by page or by feed", async (target) => {
    const ada = await target.login();
    await ada.say("read");
    const { nextCursor } = await ada.chat.listEvents({}, ada.options);
    const { cursor } = await ada.say("since");
    const { events } = await ada.chat.listEvents({ after: nextCursor }, ada.options);
    assert.equal(events[0]?.cursor, cursor);
    const feed = await target.subscribe(ada, { after: nextCursor });
    assert.equal(feed.events[0]?.cursor, cursor);
  }),
  testCase("LE-5 LE-2 ERR-28", "ListEvents refuses `before` together with `after`", async (target) => {
    const ada = await target.login();
    const { cursor } = await ada.say("here");
    const both = ada.chat.listEvents({ before: cursor, after: cursor }, ada.options);
    await assertRefused(both, { code: "InvalidArgument", reason: "REQUEST_INVALID" });
  }),
  testCase("LE-7", "ListEvents returns at most page_size events", async (target) => {
    const ada = await target.login();
    for (let i = 0; i < 25; i++) await ada.sendTo(ada.nickname, `${i}`);
    const { events } = await ada.chat.listEvents({ pageSize: 20 }, ada.options);
    assert.equal(events.length, 20);
    assert.ok((await ada.chat.listEvents({}, ada.options)).events.length <= 50);
  }),
  testCase("LU-3", "ListUsers returns at most page_size users", async (target) => {
    const ada = await target.join();
    await target.join();
    const page = await ada.chat.listUsers({ pageSize: 1 }, ada.options);
    assert.equal(page.users.length, 1);
    assert.ok(page.nextPageToken !== "" && page.totalSize >= 2);
  }),
  testCase("LE-12", "at_start is set on the page with the oldest event", (target) =>
    onServer(target, "a room with few events", [], async (small) => {
      const ada = await small.join();
      const whole = await ada.chat.listEvents({ pageSize: 500 }, ada.options);
      const part = await ada.chat.listEvents({ pageSize: 1 }, ada.options);
      assert.deepEqual([whole.atStart, part.atStart], [true, false]);
    }),
  ),
  testCase("LE-13", "ListEvents states why a position is no longer available", async (target) => {
    const cursor = await foreignCursor(target);
    const ada = await target.login();
    const lost = await ada.chat.listEvents({ after: cursor }, ada.options);
    const found = await ada.chat.listEvents({ after: lost.nextCursor }, ada.options);
    assert.deepEqual([lost.gap, found.gap], [GapReason.STORE_REPLACED, GapReason.UNSPECIFIED]);
  }),
];
