import assert from "node:assert/strict";
import type { Person } from "../../support/people.js";
import { assertRefused, eventsOf, receivedMessage, receivedMove } from "../assertions.js";
import { testCase } from "../case.js";

const ignore = (person: Person, ignoring?: boolean, requestId = "") =>
  person.chat.toggleIgnore({ ...(ignoring !== undefined && { ignoring }), requestId }, person.options);

export const ignoringCases = [
  testCase("TI-1", "group messages are not delivered while ignoring", async (target) => {
    const [ada, bob] = [await target.join(), await target.join()];
    const feed = await target.subscribe(ada);
    await ignore(ada, true);
    await bob.say("skipped");
    await bob.sendTo(ada.nickname, "received");
    await feed.next("privateMessage");
    assert.deepEqual(eventsOf(feed, bob), [`${bob.nickname} -> ${ada.nickname}: received`]);
  }),
  testCase("TI-1 EV-26", "group messages sent while ignoring are never replayed", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const start = (await bob.say("before")).cursor;
    await ignore(ada, true);
    await bob.say("skipped");
    for (const request of [{ after: start }, { backlog: 10 }]) {
      const feed = await target.subscribe(ada, request);
      assert.ok(!eventsOf(feed, bob).includes(`${bob.nickname}: skipped`));
    }
    await ignore(ada, false);
    await bob.say("after");
    const feed = await target.subscribe(ada, { after: start });
    assert.deepEqual(eventsOf(feed, bob), [`${bob.nickname}: after`]);
  }),
  testCase("TI-2 BC-4 ERR-16", "Broadcast is refused while ignoring", async (target) => {
    const ada = await target.login();
    await ignore(ada, true);
    await assertRefused(ada.say("hi"), { code: "FailedPrecondition", reason: "IGNORING" });
    await ignore(ada, false);
    await ada.say("hi");
  }),
  testCase("TI-3", "joined and left are delivered while ignoring", async (target) => {
    const ada = await target.join();
    const feed = await target.subscribe(ada);
    await ignore(ada, true);
    const bob = await target.join();
    await receivedMove(feed, "joined", bob.nickname);
    await bob.chat.logout({}, bob.options);
    await receivedMove(feed, "left", bob.nickname);
  }),
  testCase("TI-4 EV-26", "all feeds of the caller receive ignore_changed", async (target) => {
    const ada = await target.login();
    const feeds = [await target.subscribe(ada), await target.subscribe(ada)];
    for (const ignoring of [true, false]) {
      await ignore(ada, ignoring);
      for (const feed of feeds)
        assert.equal((await feed.next("ignoreChanged")).kind.value.ignoring, ignoring);
    }
  }),
  testCase("EV-25", "no feed of another member receives ignore_changed", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const feed = await target.subscribe(bob);
    await ignore(ada, true);
    await ignore(ada, false);
    await ada.say("end");
    await receivedMessage(feed, "end");
    assert.ok(feed.events.every(({ kind }) => kind.case !== "ignoreChanged"));
  }),
  testCase("TI-6 TI-8", "ToggleIgnore sets the state, or toggles it", async (target) => {
    const ada = await target.login();
    const states = [];
    for (const wanted of [undefined, undefined, true, true, undefined, false, false])
      states.push((await ignore(ada, wanted)).ignoring);
    assert.deepEqual(states, [true, false, true, true, false, false, false]);
  }),
  testCase("TI-7", "a retried ToggleIgnore does not toggle back", async (target) => {
    const ada = await target.login();
    const id = crypto.randomUUID();
    assert.equal((await ignore(ada, undefined, id)).ignoring, true);
    assert.equal((await ignore(ada, undefined, id)).ignoring, true);
    await assertRefused(ada.say("hi"), { code: "FailedPrecondition", reason: "IGNORING" });
  }),
  testCase("TI-9", "ToggleIgnore counts the skipped messages", async (target) => {
    const [ada, bob] = [await target.join(), await target.join()];
    assert.equal((await ignore(ada, true)).skipped, 0);
    for (const text of ["one", "two", "three"]) await bob.say(text);
    await bob.sendTo(ada.nickname, "not counted");
    const { ignoring, skipped } = await ignore(ada, false);
    assert.equal(ignoring, false);
    assert.ok(skipped >= 3);
    if (target.managed) assert.equal(skipped, 3);
  }),
  testCase("HELLO-3", "hello states whether the reader ignores group messages", async (target) => {
    const ada = await target.login();
    for (const ignoring of [true, false]) {
      await ignore(ada, ignoring);
      const { kind } = (await target.subscribe(ada)).items[0]!;
      assert.equal(kind.case === "hello" && kind.value.ignoring, ignoring);
    }
  }),
];
