import assert from "node:assert/strict";
import { toJson } from "@bufbuild/protobuf";
import { EventSchema, GapReason } from "../../../gen/parlance/v1/event_pb.js";
import { must, NotApplicable } from "../case.js";
import { heardMoving, heardSaying, isRefused } from "../hearing.js";

const json = (events: Parameters<typeof toJson<typeof EventSchema>>[1][]) =>
  events.map((event) => toJson(EventSchema, event));

export const listCases = [
  must("Tells who is in the room, sorted by nickname.", async (world) => {
    const [b, a, c] = [`${world.prefix}b`, `${world.prefix}A`, `${world.prefix}c`];
    const people = [await world.enter(b), await world.enter(a), await world.enter(c)];
    const [ada] = people;
    const { users } = await ada!.chat.listUsers({ prefix: world.prefix }, ada!.options);
    assert.deepEqual(
      users.map(({ nickname }) => nickname).filter((name) => [a, b, c].includes(name)),
      [a, b, c],
    );
  }),
  must("Token for the next page; empty on the last one.", async (world) => {
    const ada = await world.enter();
    const names = [ada.nickname];
    for (let i = 0; i < 6; i++) names.push((await world.enter()).nickname);
    const told: string[] = [];
    let pageToken = "";
    do {
      const page = await ada.chat.listUsers({ prefix: world.prefix, pageSize: 3, pageToken }, ada.options);
      assert.ok(page.users.length <= 3);
      assert.equal(page.total, 7);
      told.push(...page.users.map(({ nickname }) => nickname));
      pageToken = page.nextPageToken;
    } while (pageToken !== "" && told.length < 100);
    assert.deepEqual(told.toSorted(), names.toSorted());
  }),
  must(
    "Beginning of the nicknames to list, compared without regard to case and width, at most 64 bytes; empty lists all.",
    async (world) => {
      const ada = await world.enter();
      for (const prefix of [ada.nickname.toUpperCase(), `ｃ${ada.nickname.slice(1)}`]) {
        const { users, total } = await ada.chat.listUsers({ prefix }, ada.options);
        assert.deepEqual([users.map(({ id }) => id), total], [[ada.id], 1]);
      }
      const { total } = await ada.chat.listUsers({}, ada.options);
      assert.ok(total >= 1);
    },
  ),
  must("the list and the events after it give the list later.", async (world) => {
    const ada = await world.enter();
    await world.enter();
    const { cursor } = await ada.chat.listUsers({}, ada.options);
    const bob = await world.enter();
    const feed = await world.listen(ada, { after: cursor });
    assert.ok(await heardMoving(feed, "joined", bob.nickname));
    assert.equal(feed.heard.filter(({ kind }) => kind.case === "joined").length, 1);
  }),
  must(
    "Reads back what happened, page by page, as a feed of the caller would have told it: the same events, the same order, nothing that the caller may not see or ignored.",
    async (world) => {
      const [ada, bob] = [await world.enter(), await world.enter()];
      const feed = await world.listen(ada);
      const start = feed.cursor;
      for (const text of ["one", "two"]) await bob.say(text);
      await bob.whisper(bob.nickname, "not for ada");
      await bob.whisper(ada.nickname, "for ada");
      await bob.say("end");
      await heardSaying(feed, "end");
      const told = feed.heard.slice(2).filter(({ kind }) => kind.case !== "heartbeat");
      const { events } = await ada.chat.listEvents({ after: start, pageSize: 500 }, ada.options);
      assert.deepEqual(json(events), json(told));
    },
  ),
  must("Cursor to read back from: the events before it, not itself.", async (world) => {
    const ada = await world.enter();
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
  must(
    "Give it as `after` for the page of newer events; or to Subscribe, to go on from this page without a hole.",
    async (world) => {
      const ada = await world.enter();
      await ada.say("read");
      const { nextCursor } = await ada.chat.listEvents({}, ada.options);
      const { cursor } = await ada.say("since");
      const { events } = await ada.chat.listEvents({ after: nextCursor }, ada.options);
      assert.equal(events[0]?.cursor, cursor);
      const feed = await world.listen(ada, { after: nextCursor });
      assert.equal(feed.heard[1]?.cursor, cursor);
    },
  ),
  must("Not together with `after`.", async (world) => {
    const ada = await world.enter();
    const { cursor } = await ada.say("here");
    const both = ada.chat.listEvents({ before: cursor, after: cursor }, ada.options);
    await isRefused(both, { code: "InvalidArgument", reason: "REQUEST_INVALID" });
  }),
  must("Number of events to answer at most; 0-500, 0 means 50.", async (world) => {
    const ada = await world.enter();
    for (let i = 0; i < 25; i++) await ada.whisper(ada.nickname, `${i}`);
    const { events } = await ada.chat.listEvents({ pageSize: 20 }, ada.options);
    assert.equal(events.length, 20);
    assert.ok((await ada.chat.listEvents({}, ada.options)).events.length <= 50);
  }),
  must("Number of users to answer at most; 0-500, 0 means 100.", async (world) => {
    const ada = await world.enter();
    await world.enter();
    const page = await ada.chat.listUsers({ pageSize: 1 }, ada.options);
    assert.equal(page.users.length, 1);
    assert.ok(page.nextPageToken !== "" && page.total >= 2);
  }),
  must("Whether nothing older is kept than this page.", async (world) => {
    if (!world.own) throw new NotApplicable("takes a room with a short past");
    const { world: young, close } = await world.own.another();
    const ada = await young.enter();
    const whole = await ada.chat.listEvents({ pageSize: 500 }, ada.options);
    const part = await ada.chat.listEvents({ pageSize: 1 }, ada.options);
    assert.deepEqual([whole.atStart, part.atStart], [true, false]);
    await young.tidy();
    await close();
  }),
  must("Why the place that was asked for is gone; unspecified if it is not.", async (world) => {
    if (!world.own) throw new NotApplicable("takes a second server");
    const other = await world.own.another();
    const { cursor } = await (await other.world.enter()).say("elsewhere");
    await other.close();
    const ada = await world.enter();
    const lost = await ada.chat.listEvents({ after: cursor }, ada.options);
    const found = await ada.chat.listEvents({ after: lost.nextCursor }, ada.options);
    assert.deepEqual([lost.gap, found.gap], [GapReason.STORE_REPLACED, GapReason.UNSPECIFIED]);
  }),
];
