import assert from "node:assert/strict";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Event } from "../../../gen/parlance/v1/event_pb.js";
import { Feature } from "../../../gen/parlance/v1/limits_pb.js";
import type { Listener, Person } from "../../support/people.js";
import { assertRefused, received, receivedMessage, receivedPrivate } from "../assertions.js";
import { MANY_CALLS_MS, NotApplicable, testCase } from "../case.js";
import { onServer } from "../servers.js";
import type { Target } from "../target.js";

function require({ limits }: Target, ...features: Feature[]): void {
  for (const feature of features)
    if (!limits.features.includes(feature))
      throw new NotApplicable(`the server does not announce FEATURE_${Feature[feature]}`);
}

const notFound = (field: string) => ({ code: "NotFound", reason: "MESSAGE_NOT_FOUND", field });
const notAllowed = { code: "PermissionDenied", reason: "NOT_ALLOWED" };

const reply = (by: Person, text: string, replyToId: string) =>
  by.chat.broadcast({ text, replyToId }, by.options);
const replyTo = (by: Person, { nickname }: Person, text: string, replyToId: string) =>
  by.chat.sendTo({ recipient: nickname, text, replyToId }, by.options);
const edit = (by: Person, id: string, text: string, requestId = "") =>
  by.chat.editMessage({ id, text, requestId }, by.options);
const receivedEdit = (feed: Listener, text: string) =>
  received(feed, "edited", (value) => value.text === text);

/** Texts of messages and edits that the caller can read, oldest first. */
async function texts(person: Person): Promise<string[]> {
  const { events } = await person.chat.listEvents({ pageSize: 500 }, person.options);
  const textOf = ({ kind }: Event) => (kind.value && "text" in kind.value ? [kind.value.text] : []);
  return events.flatMap(textOf);
}

export const editingCases = [
  testCase(
    "LIM-24 BC-15 ST-21 EV-63 EV-65",
    "a reply carries the id of the message that it replies to",
    async (target) => {
      require(target, Feature.REPLIES);
      const [ada, bob] = [await target.join(), await target.join()];
      const feed = await target.subscribe(ada);
      const asked = await bob.say("who?");
      await reply(ada, "me", asked.id);
      const hidden = await bob.sendTo(ada.nickname, "sure?");
      await replyTo(ada, bob, "yes", hidden.id);
      await replyTo(ada, bob, "see above", asked.id);
      assert.equal((await receivedMessage(feed, "me")).kind.value.replyToId, asked.id);
      assert.equal((await receivedPrivate(feed, "yes")).kind.value.replyToId, hidden.id);
      assert.equal((await receivedPrivate(feed, "see above")).kind.value.replyToId, asked.id);
      assert.equal((await receivedMessage(feed, "who?")).kind.value.replyToId, "");
    },
  ),
  testCase("BC-16 ST-22", "a reply to what not all its readers can see is refused", async (target) => {
    require(target, Feature.REPLIES);
    const [ada, bob, eve] = [await target.join(), await target.join(), await target.join()];
    const hidden = await ada.sendTo(bob.nickname, "between us");
    const { id } = await ada.say("here");
    for (const unknown of ["nonsense", hidden.id, `${id.slice(0, -4)}AAAA`]) {
      await assertRefused(reply(ada, "x", unknown), notFound("reply_to_id"));
      await assertRefused(replyTo(ada, eve, "x", unknown), notFound("reply_to_id"));
    }
    await assertRefused(replyTo(eve, ada, "x", hidden.id), notFound("reply_to_id"));
    if (!target.limits.features.includes(Feature.REDACTION)) return;
    await ada.chat.redact({ ids: [id] }, ada.options);
    await assertRefused(reply(ada, "x", id), notFound("reply_to_id"));
  }),
  testCase(
    "LIM-25 ED-1 ED-2 ED-3 ED-4 ED-13 ED-14 ED-15 EV-66 EV-67 EV-68 EV-69 EV-70 EV-72 EV-73 EV-74",
    "an edit reaches those who receive the message, which stays as it is",
    async (target) => {
      require(target, Feature.EDITING);
      const [ada, bob, eve] = [await target.join(), await target.join(), await target.join()];
      const [own, other] = [await target.subscribe(bob), await target.subscribe(eve)];
      const said = await ada.say("helo");
      const hidden = await ada.sendTo(bob.nickname, "psst");
      await edit(ada, hidden.id, "psst!");
      const first = await edit(ada, said.id, "hello");
      await edit(ada, said.id, "hello!");
      for (const feed of [own, other]) {
        const event = await receivedEdit(feed, "hello");
        const { messageId, sender, senderId, senderRegistered, recipient, recipientId } = event.kind.value;
        assert.deepEqual([messageId, sender, senderId], [said.id, ada.nickname, ada.id]);
        assert.deepEqual([senderRegistered, recipient, recipientId], [false, "", ""]);
        assert.deepEqual([event.id, event.cursor, event.time], [first.id, first.cursor, first.time]);
        assert.ok(timestampMs(first.time!) >= timestampMs(said.time!));
        assert.equal((await receivedEdit(feed, "hello!")).kind.value.messageId, said.id);
      }
      const { kind } = await receivedEdit(own, "psst!");
      assert.deepEqual([kind.value.recipient, kind.value.recipientId], [bob.nickname, bob.id]);
      assert.ok(
        !other.events.some((event) => event.kind.case === "edited" && event.kind.value.text === "psst!"),
      );
      const late = (await texts(eve)).slice(-3);
      assert.deepEqual(late, ["helo", "hello", "hello!"]);
    },
  ),
  testCase(
    "ED-2 ED-6",
    "those who ignore group messages receive no edits of them, and make none",
    async (target) => {
      require(target, Feature.EDITING);
      const [ada, eve] = [await target.join(), await target.join()];
      const feed = await target.subscribe(eve);
      const said = await ada.say("one");
      const hidden = await ada.sendTo(eve.nickname, "two");
      await eve.chat.toggleIgnore({ ignoring: true }, eve.options);
      await edit(ada, said.id, "one, changed");
      await edit(ada, hidden.id, "two, changed");
      await receivedEdit(feed, "two, changed");
      assert.ok(!feed.events.some(({ kind }) => kind.case === "edited" && kind.value.messageId === said.id));
      await ada.chat.toggleIgnore({ ignoring: true }, ada.options);
      const ignoring = { code: "FailedPrecondition", reason: "IGNORING" };
      await assertRefused(edit(ada, said.id, "x"), ignoring);
      await edit(ada, hidden.id, "two again");
    },
  ),
  testCase(
    "ED-7 ED-8 ED-9 ED-10 ED-11",
    "EditMessage refuses what is no message of the caller, and a text that cannot be sent",
    async (target) => {
      require(target, Feature.EDITING);
      const [ada, bob, eve] = [await target.join(), await target.join(), await target.join()];
      const own = await ada.say("own");
      const change = await edit(ada, own.id, "changed");
      const hidden = await bob.sendTo(eve.nickname, "hidden");
      for (const id of ["", "nonsense", change.id, hidden.id, `${own.id.slice(0, -4)}AAAA`])
        await assertRefused(edit(ada, id, "x"), notFound("id"));
      await assertRefused(edit(bob, own.id, "x"), notAllowed);
      const invalid = { code: "InvalidArgument", reason: "TEXT_INVALID", field: "text" };
      for (const text of ["", " ", "x".repeat(target.limits.maxTextBytes + 1)])
        await assertRefused(edit(ada, own.id, text), invalid);
      const toBob = await ada.sendTo(bob.nickname, "see you");
      await bob.chat.logout({}, bob.options);
      const gone = { code: "NotFound", reason: "USER_NOT_FOUND", field: "id" };
      await assertRefused(edit(ada, toBob.id, "x"), gone);
    },
  ),
  testCase(
    "ED-17",
    "a message is edited 99 times",
    (target) =>
      onServer(target, "a server without a rate limit", ["--rate", "0"], async (fast) => {
        require(fast, Feature.EDITING);
        const ada = await fast.join();
        const { id } = await ada.say("0");
        for (let i = 1; i <= 99; i++) await edit(ada, id, `${i}`);
        const invalid = { code: "InvalidArgument", reason: "REQUEST_INVALID", field: "id" };
        await assertRefused(edit(ada, id, "100"), invalid);
      }),
    MANY_CALLS_MS,
  ),
  testCase("ED-12 ED-16", "a retried edit is appended once", async (target) => {
    require(target, Feature.EDITING);
    const ada = await target.join();
    const said = await ada.say("once");
    const text = `${target.prefix} changed once`;
    const first = await edit(ada, said.id, text, "edit-1");
    const again = await edit(ada, said.id, text, "edit-1");
    assert.deepEqual([first.duplicate, again.duplicate], [false, true]);
    assert.deepEqual([again.id, again.cursor, again.time], [first.id, first.cursor, first.time]);
    assert.equal((await texts(ada)).filter((one) => one === text).length, 1);
    const reused = { code: "InvalidArgument", reason: "REQUEST_INVALID", field: "request_id" };
    await assertRefused(edit(ada, said.id, "another", "edit-1"), reused);
  }),
  testCase(
    "ED-5 EV-75 RED-12 RED-13 RED-14",
    "what erases a message erases its edits, by the id of either",
    async (target) => {
      require(target, Feature.EDITING, Feature.REDACTION);
      const [ada, eve] = [await target.join(), await target.join()];
      const feed = await target.subscribe(eve);
      const redact = (...ids: string[]) => ada.chat.redact({ ids }, ada.options);
      const word = `${target.prefix}gone`;
      const one = await ada.say(`${word} one`);
      const first = await edit(ada, one.id, `${word} two`);
      const last = await edit(ada, one.id, `${word} three`);
      assert.equal((await redact(one.id)).erased, 1);
      const shown = (await received(feed, "redacted")).kind.value;
      assert.deepEqual([shown.ids, shown.editIds], [[one.id], [first.id, last.id]]);
      const other = await ada.say(`${word} four`);
      const change = await edit(ada, other.id, `${word} five`);
      assert.equal((await redact(change.id, other.id)).erased, 1);
      assert.ok((await texts(eve)).every((text) => !text.startsWith(word)));
      await assertRefused(edit(ada, other.id, "x"), notFound("id"));
      assert.equal((await redact(one.id, change.id)).erased, 0);
    },
  ),
];
