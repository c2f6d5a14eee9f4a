import assert from "node:assert/strict";
import { GoodbyeReason } from "../../../gen/parlance/v1/event_pb.js";
import { refusalOf } from "../../support/people.js";
import { assertRefused, receivedMove } from "../assertions.js";
import { NotApplicable, testCase } from "../case.js";

const notLoggedIn = { code: "Unauthenticated", reason: "NOT_LOGGED_IN" };

export const endingCases = [
  testCase("OUT-1", "Logout sends left, ends the token and every feed", async (target) => {
    const room = await target.subscribe(await target.login());
    const ada = await target.login();
    const feeds = [await target.subscribe(ada), await target.subscribe(ada)];
    await ada.chat.logout({}, ada.options);
    await receivedMove(room, "left", ada.nickname);
    for (const feed of feeds) await feed.next("goodbye");
    await assertRefused(ada.say("still here"), notLoggedIn);
  }),
  testCase("OUT-2 ERR-13", "a second Logout is refused", async (target) => {
    const ada = await target.login();
    await ada.chat.logout({}, ada.options);
    await assertRefused(ada.chat.logout({}, ada.options), notLoggedIn);
  }),
  testCase("SUB-3", "a feed never ends with status OK", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    await ada.chat.logout({}, ada.options);
    assert.ok(await feed.ended, "the feed ended with success");
  }),
  testCase(
    "SUB-4 BYE-1 BYE-2 BYE-5",
    "Logout ends a feed with goodbye, then UNAUTHENTICATED",
    async (target) => {
      const ada = await target.login();
      const feed = await target.subscribe(ada);
      await ada.chat.logout({}, ada.options);
      const { kind, cursor } = await feed.next("goodbye");
      assert.equal(kind.value.reason, GoodbyeReason.LOGGED_OUT);
      assert.equal(kind.value.reconnect, false);
      assert.equal(cursor, "");
      const error = await feed.ended;
      assert.ok(error);
      const { code, reason } = refusalOf(error);
      assert.deepEqual({ code, reason }, notLoggedIn);
    },
  ),
  testCase("EV-5", "goodbye has no cursor", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    await ada.chat.logout({}, ada.options);
    assert.equal((await feed.next("goodbye")).cursor, "");
  }),
  testCase("EV-11", "goodbye is the last event", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    await ada.chat.logout({}, ada.options);
    await feed.ended;
    assert.equal(feed.events.at(-1)!.kind.case, "goodbye");
  }),
  testCase(
    "SUB-4 BYE-1 BYE-2 BYE-4 ERR-22",
    "shutdown ends a feed with goodbye, then UNAVAILABLE",
    async ({ managed }) => {
      if (!managed) throw new NotApplicable("only a server that the suite started can be stopped");
      const { target, close } = await managed.another();
      const feed = await target.subscribe(await target.login());
      await close();
      const { kind } = await feed.next("goodbye");
      assert.deepEqual([kind.value.reason, kind.value.reconnect], [GoodbyeReason.SHUTTING_DOWN, true]);
      const error = await feed.ended;
      assert.ok(error, "the feed ended with success");
      const { code, reason } = refusalOf(error);
      assert.deepEqual({ code, reason }, { code: "Unavailable", reason: "SHUTTING_DOWN" });
    },
  ),
  testCase("PRES-2 SUB-6 ERR-13", "calls of an expired session are refused", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    await feed.close();
    await target.wait(2 * target.graceMs + 200);
    await assertRefused(ada.say("too late"), notLoggedIn);
    const late = ada.listen();
    const error = await late.ended;
    assert.ok(error);
    assert.equal(refusalOf(error).code, "Unauthenticated");
  }),
];
