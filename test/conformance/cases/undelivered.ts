import assert from "node:assert/strict";
import type { Event } from "../../../gen/parlance/v1/event_pb.js";
import type { Listener, Person } from "../../support/people.js";
import { received, receivedMessage, receivedMove, receivedPrivate } from "../assertions.js";
import { MANY_CALLS_MS, NotApplicable, testCase } from "../case.js";
import { withHooks } from "../servers.js";
import type { Target } from "../target.js";

const logout = ({ chat, options }: Person) => chat.logout({}, options);
const toPerson =
  ({ id }: Person) =>
  ({ recipientId }: { readonly recipientId: string }) =>
    recipientId === id;
const isUndelivered = ({ kind }: Event) => kind.case === "undelivered";

/** The ids that the feed reported as undelivered to this person, in the order of the log. */
function reported(feed: Listener, person: Person): string[] {
  return feed.events.flatMap(({ kind }) =>
    kind.case === "undelivered" && kind.value.recipientId === person.id ? kind.value.messageIds : [],
  );
}

/** Opens a feed for the person and closes it again: the person is away, but has read everything until now. */
async function visit(target: Target, person: Person): Promise<void> {
  const feed = await target.subscribe(person);
  await feed.close();
}

export const undeliveredCases = [
  testCase(
    "ST-12 EV-30 EV-31 EV-32",
    "a private message to a member who leaves without a feed is reported to its sender",
    async (target) => {
      const [ada, bob] = [await target.join(), await target.join()];
      const feed = await target.subscribe(ada);
      const ids = [(await ada.sendTo(bob.nickname, "one")).id, (await ada.sendTo(bob.nickname, "two")).id];
      await logout(bob);
      const { kind } = await received(feed, "undelivered", toPerson(bob));
      assert.deepEqual(kind.value.messageIds, ids);
      assert.deepEqual([kind.value.recipient, kind.value.recipientId], [bob.nickname, bob.id]);
    },
  ),
  testCase("ST-12 PRES-2", "the same after the grace period", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const feed = await target.subscribe(ada);
    await visit(target, bob);
    const { id } = await ada.sendTo(bob.nickname, "unread");
    await target.wait(target.graceMs);
    const { kind } = await received(feed, "undelivered", toPerson(bob));
    assert.deepEqual(kind.value.messageIds, [id]);
  }),
  testCase("ST-12", "a private message that was written to a feed is not reported", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const own = await target.subscribe(ada);
    const live = await target.subscribe(bob);
    const cursor = live.cursor;
    await ada.sendTo(bob.nickname, "live");
    await receivedPrivate(live, "live");
    await live.close();
    await ada.sendTo(bob.nickname, "replayed");
    const replay = await target.subscribe(bob, { after: cursor });
    await receivedPrivate(replay, "replayed");
    await replay.close();
    await logout(bob);
    await receivedMove(own, "left", bob.nickname);
    await ada.say("end");
    await receivedMessage(own, "end");
    assert.deepEqual(reported(own, bob), []);
  }),
  testCase("EV-29", "no one but the sender receives undelivered", async (target) => {
    const [ada, bob, eve] = [await target.join(), await target.join(), await target.join()];
    const feeds = [await target.subscribe(ada), await target.subscribe(ada)];
    const other = await target.subscribe(eve);
    const { id } = await ada.sendTo(bob.nickname, "from ada");
    const { id: another } = await eve.sendTo(bob.nickname, "from eve");
    await logout(bob);
    for (const feed of feeds) await received(feed, "undelivered", toPerson(bob));
    await received(other, "undelivered", toPerson(bob));
    const bobAgain = await target.join(bob.nickname);
    const replay = await target.subscribe(bobAgain, { backlog: 20 });
    await ada.say("end");
    for (const feed of [...feeds, other, replay]) await receivedMessage(feed, "end");
    for (const feed of feeds) assert.deepEqual(reported(feed, bob), [id]);
    assert.deepEqual(reported(other, bob), [another]);
    assert.ok(!replay.events.some(isUndelivered));
  }),
  testCase("TI-3", "undelivered is received while ignoring", async (target) => {
    const [ada, bob] = [await target.join(), await target.join()];
    const feed = await target.subscribe(ada);
    await ada.chat.toggleIgnore({ ignoring: true }, ada.options);
    await ada.sendTo(bob.nickname, "unread");
    await logout(bob);
    await received(feed, "undelivered", toPerson(bob));
  }),
  testCase("LE-1 LE-8", "undelivered is an event of the log", async (target) => {
    const [ada, bob] = [await target.join(), await target.join()];
    const { id, cursor } = await ada.sendTo(bob.nickname, "unread");
    await logout(bob);
    const feed = await target.subscribe(ada, { after: cursor });
    const { id: eventId } = await received(feed, "undelivered", toPerson(bob));
    const { events } = await ada.chat.listEvents({ after: cursor }, ada.options);
    const listed = events.find(isUndelivered);
    assert.equal(listed?.id, eventId);
    assert.deepEqual(listed.kind.case === "undelivered" && listed.kind.value.messageIds, [id]);
  }),
  testCase(
    "EV-30",
    "more than 100 undelivered messages are reported in several events",
    async (target) => {
      const count = 101;
      const { messagesPerSecond, messageBurst } = target.limits;
      if (messagesPerSecond > 0 && messageBurst < count)
        throw new NotApplicable(`the rate limit does not allow ${count} messages at once`);
      const [ada, bob] = [await target.join(), await target.join()];
      const feed = await target.subscribe(ada);
      const ids: string[] = [];
      for (let i = 0; i < count; i++) ids.push((await ada.sendTo(bob.nickname, `${i}`)).id);
      await logout(bob);
      while (reported(feed, bob).length < count) await feed.next("undelivered");
      assert.deepEqual(reported(feed, bob), ids);
      const sizes = feed.events.flatMap(({ kind }) =>
        kind.case === "undelivered" && kind.value.recipientId === bob.id ? kind.value.messageIds.length : [],
      );
      assert.ok(sizes.length > 1 && sizes.every((size) => 1 <= size && size <= 100), String(sizes));
    },
    MANY_CALLS_MS,
  ),
  testCase("ST-12", "undelivered messages are reported across a restart, and read ones are not", (target) =>
    withHooks(target, async (hooked) => {
      const [ada, bob, carl] = [await hooked.join(), await hooked.join(), await hooked.join()];
      const { id, cursor } = await ada.sendTo(bob.nickname, "unread");
      const before = await hooked.subscribe(carl);
      await ada.sendTo(carl.nickname, "read");
      await receivedPrivate(before, "read");
      await hooked.hook("restart");
      await logout(bob);
      await logout(carl);
      await ada.say("end");
      const feed = await hooked.subscribe(ada, { after: cursor });
      await receivedMessage(feed, "end");
      assert.deepEqual(reported(feed, bob), [id]);
      assert.deepEqual(reported(feed, carl), []);
    }),
  ),
];
