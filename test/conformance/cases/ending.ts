import assert from "node:assert/strict";
import { GoodbyeReason } from "../../../gen/parlance/v1/event_pb.js";
import { refusalOf } from "../../support/people.js";
import { must, NotApplicable } from "../case.js";
import { heardMoving, isRefused } from "../hearing.js";

const notLoggedIn = { code: "Unauthenticated", reason: "NOT_LOGGED_IN" };

export const endingCases = [
  must(
    "Leaves the room now: the room hears `left`, the token ends, open feeds get `goodbye`.",
    async (world) => {
      const room = await world.listen(await world.enter());
      const ada = await world.enter();
      const feeds = [await world.listen(ada), await world.listen(ada)];
      await ada.chat.logout({}, ada.options);
      await heardMoving(room, "left", ada.nickname);
      for (const feed of feeds) await feed.next("goodbye");
      await isRefused(ada.say("still here"), notLoggedIn);
    },
  ),
  must("NOT_LOGGED_IN (also for a second Logout), STORE_UNAVAILABLE.", async (world) => {
    const ada = await world.enter();
    await ada.chat.logout({}, ada.options);
    await isRefused(ada.chat.logout({}, ada.options), notLoggedIn);
  }),
  must("The stream never ends with success.", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada);
    await ada.chat.logout({}, ada.options);
    assert.ok(await feed.ended, "the feed ended with success");
  }),
  must("The person left with Logout; the call ends with UNAUTHENTICATED.", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada);
    await ada.chat.logout({}, ada.options);
    const { kind, cursor } = await feed.next("goodbye");
    assert.equal(kind.value.reason, GoodbyeReason.LOGGED_OUT);
    assert.equal(kind.value.reconnect, false);
    assert.equal(cursor, "");
    const error = await feed.ended;
    assert.ok(error);
    const { code, reason } = refusalOf(error);
    assert.deepEqual({ code, reason }, notLoggedIn);
  }),
  must("Empty on goodbye.", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada);
    await ada.chat.logout({}, ada.options);
    assert.equal((await feed.next("goodbye")).cursor, "");
  }),
  must("Last word of the server on this feed.", async (world) => {
    const ada = await world.enter();
    const feed = await world.listen(ada);
    await ada.chat.logout({}, ada.options);
    await feed.ended;
    assert.equal(feed.heard.at(-1)!.kind.case, "goodbye");
  }),
  must("The server goes down; the call ends with UNAVAILABLE.", async ({ own }) => {
    if (!own) throw new NotApplicable("only a server that the suite started can be stopped");
    const { world, close } = await own.another();
    const feed = await world.listen(await world.enter());
    await close();
    const { kind } = await feed.next("goodbye");
    assert.deepEqual([kind.value.reason, kind.value.reconnect], [GoodbyeReason.SHUTTING_DOWN, true]);
    const error = await feed.ended;
    assert.ok(error, "the feed ended with success");
    const { code, reason } = refusalOf(error);
    assert.deepEqual({ code, reason }, { code: "Unavailable", reason: "SHUTTING_DOWN" });
  }),
  must(
    "The session is over, for lack of a sign of life; the call ends with UNAUTHENTICATED.",
    async (world) => {
      const ada = await world.enter();
      const feed = await world.listen(ada);
      await feed.close();
      await world.pass(2 * world.graceMs + 200);
      await isRefused(ada.say("too late"), notLoggedIn);
      const late = ada.listen();
      const error = await late.ended;
      assert.ok(error);
      assert.equal(refusalOf(error).code, "Unauthenticated");
    },
  ),
];
