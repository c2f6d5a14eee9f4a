import assert from "node:assert/strict";
import { GoodbyeReason } from "../../../gen/parlance/v1/event_pb.js";
import { type Listener, refusalOf } from "../../support/people.js";
import { assertRefused, endOf, eventsOf, receivedMessage, receivedMove } from "../assertions.js";
import { NotApplicable, testCase } from "../case.js";
import { withHooks } from "../servers.js";

const notLoggedIn = { code: "Unauthenticated", reason: "NOT_LOGGED_IN" };
/** More feeds are not opened to find out what one too many does. */
const MAX_FEEDS_TO_OPEN = 30;
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
      const { goodbye, error } = await endOf(feed);
      assert.deepEqual([goodbye.reason, goodbye.reconnect], [GoodbyeReason.LOGGED_OUT, false]);
      assert.deepEqual(error, notLoggedIn);
    },
  ),
  testCase("BYE-9 SUB-13", "the cursor of goodbye is the position to resume from", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const feed = await target.subscribe(ada);
    await bob.say("received");
    await receivedMessage(feed, "received");
    await ada.chat.logout({}, ada.options);
    const { goodbye } = await endOf(feed);
    await bob.say("missed");
    const resumed = await target.subscribe(await target.login(), { after: goodbye.cursor });
    assert.deepEqual(eventsOf(resumed, bob), [`${bob.nickname}: missed`]);
  }),
  testCase("EV-11", "goodbye is the last item", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    await ada.chat.logout({}, ada.options);
    await feed.ended;
    assert.equal(feed.items.at(-1)!.kind.case, "goodbye");
  }),
  testCase(
    "SUB-4 BYE-1 BYE-2 BYE-4 ERR-22",
    "shutdown ends a feed with goodbye, then UNAVAILABLE",
    (target) =>
      withHooks(target, async (hooked) => {
        const feed = await hooked.subscribe(await hooked.login());
        await hooked.hook("restart");
        const { goodbye, error } = await endOf(feed);
        assert.deepEqual([goodbye.reason, goodbye.reconnect], [GoodbyeReason.SHUTTING_DOWN, true]);
        assert.deepEqual(error, { code: "Unavailable", reason: "SHUTTING_DOWN" });
      }),
  ),
  testCase(
    "SUB-4 SUB-11 BYE-1 BYE-2 BYE-10 LIM-11 ERR-26",
    "one feed too many ends the oldest with goodbye, then RESOURCE_EXHAUSTED",
    async (target) => {
      const { maxFeedsPerMember } = target.limits;
      if (maxFeedsPerMember > MAX_FEEDS_TO_OPEN)
        throw new NotApplicable(`${maxFeedsPerMember} feeds are many`);
      const ada = await target.login();
      const feeds: Listener[] = [];
      for (let i = 0; i < maxFeedsPerMember; i++) feeds.push(await target.subscribe(ada));
      await ada.say("before");
      for (const feed of feeds) await receivedMessage(feed, "before");
      const [oldest, ...others] = [...feeds, await target.subscribe(ada)];
      const { goodbye, error } = await endOf(oldest!);
      assert.deepEqual([goodbye.reason, goodbye.reconnect], [GoodbyeReason.REPLACED, false]);
      assert.deepEqual(error, { code: "ResourceExhausted", reason: "ROOM_FULL" });
      await ada.say("after");
      for (const feed of others) await receivedMessage(feed, "after");
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
