import assert from "node:assert/strict";
import { Presence } from "../../../gen/parlance/v1/chat_service_pb.js";
import type { Listener, Person } from "../../support/people.js";
import { assertRefused, eventsOf, receivedMessage, receivedMove, receivedPrivate } from "../assertions.js";
import { testCase } from "../case.js";
import type { Target } from "../target.js";

/** Sends a private message to the person with this id. */
const sendToId = (from: Person, recipient: string, recipientId: string, text: string) =>
  from.chat.sendTo({ recipient, recipientId, text }, from.options);

/** The next holder of the nickname, once the present one has left. */
async function replace(target: Target, { chat, options, nickname }: Person): Promise<Person> {
  const room = await target.subscribe(await target.login());
  await chat.logout({}, options);
  await receivedMove(room, "left", nickname);
  return target.join(nickname);
}

export const privateMessageCases = [
  testCase(
    "ST-1 EV-22 EV-23 EV-27 EV-28",
    "only sender and recipient receive a private message, with both names and ids",
    async (target) => {
      const [ada, bob, eve] = [await target.login(), await target.login(), await target.login()];
      const [own, other, third] = [
        await target.subscribe(ada),
        await target.subscribe(bob),
        await target.subscribe(eve),
      ];
      await ada.sendTo(bob.nickname, "secret");
      await ada.say("end");
      const replay = await target.subscribe(eve, { backlog: 20 });
      for (const feed of [own, other, third, replay]) await receivedMessage(feed, "end");
      const has = (feed: Listener) =>
        feed.events.some(({ kind }) => kind.case === "privateMessage" && kind.value.text === "secret");
      assert.deepEqual([own, other, third, replay].map(has), [true, true, false, false]);
      for (const feed of [own, other]) {
        const { sender, senderId, recipient, recipientId } = (await receivedPrivate(feed, "secret")).kind
          .value;
        assert.deepEqual([sender, senderId], [ada.nickname, ada.id]);
        assert.deepEqual([recipient, recipientId], [bob.nickname, bob.id]);
      }
    },
  ),
  testCase("ST-2", "private messages are delivered while ignoring", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const [own, other] = [await target.subscribe(ada), await target.subscribe(bob)];
    await bob.chat.toggleIgnore({ ignoring: true }, bob.options);
    await ada.sendTo(bob.nickname, "psst");
    await bob.sendTo(ada.nickname, "yes?");
    for (const feed of [own, other])
      for (const text of ["psst", "yes?"]) assert.ok(await receivedPrivate(feed, text));
  }),
  testCase("ST-3", "a private message to oneself is delivered once", async (target) => {
    const ada = await target.login();
    const feed = await target.subscribe(ada);
    await ada.sendTo(ada.nickname, "note");
    await ada.say("end");
    await receivedMessage(feed, "end");
    assert.deepEqual(eventsOf(feed, ada), [
      `${ada.nickname} -> ${ada.nickname}: note`,
      `${ada.nickname}: end`,
    ]);
  }),
  testCase("ST-6", "the recipient is found regardless of case and width", async (target) => {
    const [ada, bob] = [await target.login(), await target.login()];
    const feed = await target.subscribe(bob);
    const wide = String.fromCodePoint(bob.nickname.codePointAt(0)! + 0xfee0) + bob.nickname.slice(1);
    for (const written of [bob.nickname.toUpperCase(), wide]) {
      await ada.sendTo(written, written);
      assert.equal((await receivedPrivate(feed, written)).kind.value.recipient, bob.nickname);
    }
  }),
  testCase(
    "ST-13 ERR-15",
    "a message to the id of a former holder of the nickname is refused",
    async (target) => {
      const [ada, former] = [await target.join(), await target.join()];
      const { nickname } = former;
      await sendToId(ada, nickname, former.id, "to the first");
      const heir = await replace(target, former);
      const feed = await target.subscribe(heir);
      await assertRefused(sendToId(ada, nickname, former.id, "secret"), {
        code: "NotFound",
        reason: "USER_NOT_FOUND",
        field: "recipient_id",
      });
      await sendToId(ada, nickname.toUpperCase(), heir.id, "to the second");
      await receivedPrivate(feed, "to the second");
      assert.deepEqual(eventsOf(feed, ada), [`${ada.nickname} -> ${nickname}: to the second`]);
    },
  ),
  testCase(
    "ST-13 ERR-15",
    "an id under a nickname that is not in the room is refused by the nickname",
    async (target) => {
      const ada = await target.login();
      await assertRefused(sendToId(ada, target.nickname(), ada.id, "hi"), {
        code: "NotFound",
        reason: "USER_NOT_FOUND",
        field: "recipient",
      });
    },
  ),
  testCase("ST-16", "SendTo returns whether the recipient has a feed open", async (target) => {
    const [ada, bob] = [await target.join(), await target.join()];
    const presence = async () => Presence[(await ada.sendTo(bob.nickname, "hi")).recipientPresence];
    assert.equal(await presence(), "AWAY");
    const feeds = [await target.subscribe(bob), await target.subscribe(bob)];
    assert.equal(await presence(), "ONLINE");
    await feeds[0]!.close();
    assert.equal(await presence(), "ONLINE");
    await target.subscribe(ada);
    assert.equal(Presence[(await ada.sendTo(ada.nickname, "note")).recipientPresence], "ONLINE");
  }),
  testCase("ST-16", "a duplicate returns the presence at the time of the retry", async (target) => {
    const [ada, bob] = [await target.join(), await target.join()];
    const id = crypto.randomUUID();
    const first = await ada.sendTo(bob.nickname, "hi", id);
    await target.subscribe(bob);
    const again = await ada.sendTo(bob.nickname, "hi", id);
    assert.deepEqual(
      [first, again].map(({ recipientPresence }) => Presence[recipientPresence]),
      ["AWAY", "ONLINE"],
    );
  }),
];
