import assert from "node:assert/strict";
import type { Person } from "../../support/people.js";
import { must } from "../case.js";
import { heardMoving, heardOf, heardSaying, isRefused } from "../hearing.js";

const sentence =
  "While ignoring, group messages are not sent to the caller, live or replayed, then or later, and the caller's own Broadcast is refused; private messages, `joined` and `left` still arrive.";

const ignore = (person: Person, ignoring?: boolean, requestId = "") =>
  person.chat.toggleIgnore({ ...(ignoring !== undefined && { ignoring }), requestId }, person.options);

export const ignoringCases = [
  must(sentence, "live", async (world) => {
    const [ada, bob] = [await world.enter(), await world.enter()];
    const feed = await world.listen(ada);
    await ignore(ada, true);
    await bob.say("unheard");
    await bob.whisper(ada.nickname, "heard");
    await feed.next("privateMessage");
    assert.deepEqual(heardOf(feed, bob), [`${bob.nickname} -> ${ada.nickname}: heard`]);
  }),
  must(sentence, "replayed, then or later", async (world) => {
    const [ada, bob] = [await world.enter(), await world.enter()];
    const start = (await bob.say("before")).cursor;
    await ignore(ada, true);
    await bob.say("unheard");
    for (const request of [{ after: start }, { backlog: 10 }]) {
      const feed = await world.listen(ada, request);
      assert.ok(!heardOf(feed, bob).includes(`${bob.nickname}: unheard`));
    }
    await ignore(ada, false);
    await bob.say("after");
    const feed = await world.listen(ada, { after: start });
    assert.deepEqual(heardOf(feed, bob), [`${bob.nickname}: after`]);
  }),
  must(sentence, "the caller's own Broadcast", async (world) => {
    const ada = await world.enter();
    await ignore(ada, true);
    await isRefused(ada.say("hi"), { code: "FailedPrecondition", reason: "IGNORING" });
    await ignore(ada, false);
    await ada.say("hi");
  }),
  must(sentence, "`joined` and `left`", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada);
    await ignore(ada, true);
    const bob = await world.enter();
    await heardMoving(feed, "joined", bob.nickname);
    await bob.chat.logout({}, bob.options);
    await heardMoving(feed, "left", bob.nickname);
  }),
  must("The caller's other feeds hear `ignore_changed`.", async (world) => {
    const ada = await world.enter();
    const feeds = [await world.listen(ada), await world.listen(ada)];
    for (const ignoring of [true, false]) {
      await ignore(ada, ignoring);
      for (const feed of feeds)
        assert.equal((await feed.next("ignoreChanged")).kind.value.ignoring, ignoring);
    }
  }),
  must("Only the feeds of that person hear it.", async (world) => {
    const [ada, bob] = [await world.enter(), await world.enter()];
    const feed = await world.listen(bob);
    await ignore(ada, true);
    await ignore(ada, false);
    await ada.say("end");
    await heardSaying(feed, "end");
    assert.ok(feed.heard.every(({ kind }) => kind.case !== "ignoreChanged"));
  }),
  must("State to take; absent means the other one than now.", async (world) => {
    const ada = await world.enter();
    const answers = [];
    for (const wanted of [undefined, undefined, true, true, undefined, false, false])
      answers.push((await ignore(ada, wanted)).ignoring);
    assert.deepEqual(answers, [true, false, true, true, false, false, false]);
  }),
  must("a retry with the same one does not toggle back.", async (world) => {
    const ada = await world.enter();
    const id = crypto.randomUUID();
    assert.equal((await ignore(ada, undefined, id)).ignoring, true);
    assert.equal((await ignore(ada, undefined, id)).ignoring, true);
    await isRefused(ada.say("hi"), { code: "FailedPrecondition", reason: "IGNORING" });
  }),
  must("Number of group messages that were passed over; set when ignoring ends.", async (world) => {
    const [ada, bob] = [await world.enter(), await world.enter()];
    assert.equal((await ignore(ada, true)).skipped, 0);
    for (const text of ["one", "two", "three"]) await bob.say(text);
    await bob.whisper(ada.nickname, "not counted");
    const { ignoring, skipped } = await ignore(ada, false);
    assert.equal(ignoring, false);
    assert.ok(skipped >= 3);
    if (world.own) assert.equal(skipped, 3);
  }),
  must("Whether this person has switched group messages off with ToggleIgnore.", async (world) => {
    const ada = await world.enter();
    for (const ignoring of [true, false]) {
      await ignore(ada, ignoring);
      const { users } = await ada.chat.listUsers({ prefix: ada.nickname }, ada.options);
      assert.equal(users[0]?.ignoring, ignoring);
    }
  }),
  must("Whether the reader ignores group messages.", async (world) => {
    const ada = await world.enter();
    for (const ignoring of [true, false]) {
      await ignore(ada, ignoring);
      const { kind } = (await world.listen(ada)).heard[0]!;
      assert.equal(kind.case === "hello" && kind.value.ignoring, ignoring);
    }
  }),
];
