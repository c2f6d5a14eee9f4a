import { describe, expect, test, vi } from "vitest";
import { encodeEvent } from "../../wire/codec/event.js";
import { NONCE_BYTES, readRecord, writeRecord } from "../log/record.js";
import { openTestRoom } from "../order/test-room.js";

async function openTalk(settings: Parameters<typeof openTestRoom>[0] = {}) {
  const opened = await openTestRoom(settings);
  const ada = await opened.join("ada", "MODERATOR");
  const bob = await opened.join("bob");
  const carol = await opened.join("carol");
  const { room, store } = opened;
  type Someone = typeof bob;
  const say = (from: Someone, text: string, replyToId = "") =>
    room.broadcast(from.member, text, "", replyToId);
  const whisper = (from: Someone, recipient: string, text: string, replyToId = "") =>
    room.sendTo(from.member, { recipient, recipientId: "", text, requestId: "", replyToId });
  const edit = (from: Someone, id: string, text: string, requestId = "") =>
    room.editMessage(from.member, { id, text, requestId });
  const redact = (by: Someone, ...ids: string[]) => room.redact(by.member, { ids, reason: "" });
  /** Numbers of the entries that have a text beginning with "secret". */
  async function secrets(): Promise<number[]> {
    const { entries } = await store.log.read(null, 10_000);
    return entries.flatMap(({ seq, data }) => (Buffer.from(data).includes("secret") ? [seq] : []));
  }
  return { ...opened, ada, bob, carol, say, whisper, edit, redact, secrets };
}

const edited = (messageId: string, text: string, more: object = {}) => ({
  case: "edited",
  value: { messageId, text, ...more },
});

describe("EditMessage", () => {
  test("gives a message another text, for those who receive the message, and again", async () => {
    const { ada, bob, carol, say, whisper, edit, events } = await openTalk();
    const { id } = await say(bob, "helo");
    const hidden = await whisper(bob, "carol", "psst");
    const first = await edit(bob, id, "hello");
    await edit(bob, hidden.id, "psst!");
    const again = await edit(bob, id, "hello!");
    expect(first.id).not.toBe(again.id);
    const group = { case: "groupMessage", value: { text: "helo" } };
    const own = { sender: "bob", senderId: bob.member.id };
    expect(await events(ada.member)).toMatchObject([
      group,
      edited(id, "hello", own),
      edited(id, "hello!", { ...own, recipient: "", recipientId: "" }),
    ]);
    expect((await events(carol.member)).slice(2)).toMatchObject([
      edited(id, "hello"),
      edited(hidden.id, "psst!", { ...own, recipient: "carol", recipientId: carol.member.id }),
      edited(id, "hello!"),
    ]);
  });

  test("refuses what is no message of the sender", async () => {
    const { ada, bob, carol, say, whisper, edit, redact, room } = await openTalk();
    const notFound = { reason: "MESSAGE_NOT_FOUND", detail: { field: "id" } };
    const own = await say(bob, "own");
    const change = await edit(bob, own.id, "changed");
    const hidden = await whisper(ada, "carol", "hidden");
    const gone = await say(bob, "gone");
    await redact(bob, gone.id);
    const { id: announced } = await room.moderation.announce(ada.actor, ada.member, {
      text: "all",
      requestId: "",
    });
    for (const id of ["", "nonsense", `${own.id.slice(0, -4)}AAAA`, change.id, hidden.id, gone.id])
      await expect(edit(bob, id, "x"), id).rejects.toMatchObject(notFound);
    for (const by of [ada, carol])
      await expect(edit(by, own.id, "x")).rejects.toMatchObject({ reason: "NOT_ALLOWED" });
    await expect(edit(ada, announced, "x")).rejects.toMatchObject({ reason: "NOT_ALLOWED" });
    await expect(edit(bob, own.id, " ")).rejects.toMatchObject({ reason: "TEXT_INVALID" });
  });

  test("is refused where a new message would be", async () => {
    const { bob, carol, say, whisper, edit, room } = await openTalk({
      messageBurst: 6,
      messagesPerSecond: 1,
    });
    const group = await say(bob, "one");
    const hidden = await whisper(bob, "carol", "two");
    await room.toggleIgnore(bob.member, true, "");
    await expect(edit(bob, group.id, "x")).rejects.toMatchObject({ reason: "IGNORING" });
    await edit(bob, hidden.id, "to carol");
    await room.logout(carol.member);
    const left = { reason: "USER_NOT_FOUND", detail: { field: "id" } };
    await expect(edit(bob, hidden.id, "x")).rejects.toMatchObject(left);
    await expect(edit(bob, hidden.id, "x")).rejects.toMatchObject({ reason: "RATE_LIMITED" });
  });

  test("is not sent to those who ignore group messages when it is made", async () => {
    const { ada, bob, carol, say, edit, events, room } = await openTalk();
    const { id } = await say(bob, "one");
    await room.toggleIgnore(carol.member, true, "");
    await edit(bob, id, "two");
    await room.toggleIgnore(carol.member, false, "");
    const kinds = async (person: typeof bob) =>
      (await events(person.member)).map(({ case: kind }) => kind).filter((kind) => kind !== "ignoreChanged");
    expect(await kinds(ada)).toEqual(["groupMessage", "edited"]);
    expect(await kinds(carol)).toEqual(["groupMessage"]);
  });

  test("a retry is appended once, also when the message was erased meanwhile; another edit is refused", async () => {
    const { bob, say, edit, redact, restart } = await openTalk();
    const { id } = await say(bob, "one");
    const first = await edit(bob, id, "two", "key");
    expect(await edit(bob, id, "two", "key")).toEqual({ ...first, duplicate: true });
    await expect(edit(bob, id, "three", "key")).rejects.toMatchObject({ reason: "REQUEST_INVALID" });
    await redact(bob, id);
    expect(await edit(bob, id, "two", "key")).toEqual({ ...first, duplicate: true });
    const { room } = await restart();
    const again = await room.authenticate(bob.token);
    const retried = await room.editMessage(again, { id, text: "two", requestId: "key" });
    expect(retried).toMatchObject({ id: first.id, seq: first.seq, duplicate: true });
  });
});

test("a message has as many edits as are erased with it in one step", async () => {
  const { bob, say, edit, redact, secrets, store } = await openTalk();
  const { id } = await say(bob, "secret");
  for (let i = 1; i <= 99; i++) await edit(bob, id, `secret ${i}`, `key ${i}`);
  const refused = { reason: "REQUEST_INVALID", detail: { field: "id", rule: "edits", limit: 99 } };
  await expect(edit(bob, id, "secret 100")).rejects.toMatchObject(refused);
  expect(await edit(bob, id, "secret 99", "key 99")).toMatchObject({ duplicate: true });
  const { last } = await store.log.head();
  expect(await redact(bob, id)).toBe(1);
  expect([await secrets(), (await store.log.head()).last]).toEqual([[], last + 1]);
});

describe("what is erased", () => {
  test("is a message with its edits, whichever of them is named, and counts once", async () => {
    const { ada, bob, say, whisper, edit, redact, secrets, room } = await openTalk();
    const one = await say(bob, "secret one");
    const change = await edit(bob, one.id, "secret two");
    await edit(bob, one.id, "secret three");
    expect(await redact(bob, one.id, change.id)).toBe(1);
    expect(await secrets()).toEqual([]);
    expect(await redact(bob, one.id, change.id)).toBe(0);
    const other = await whisper(bob, "ada", "secret");
    const last = await edit(bob, other.id, "secret again");
    expect(await redact(ada, last.id)).toBe(1);
    expect(await secrets()).toEqual([]);
    const third = await say(bob, "secret");
    await edit(bob, third.id, "secret, too");
    const since = { userId: bob.member.id, nickname: "", sinceMs: 600_000, reason: "" };
    expect(await room.moderation.erase(ada.actor, since)).toBe(1);
    expect(await secrets()).toEqual([]);
  });

  test("reaches those who could see the message, with the ids of its edits", async () => {
    const { ada, bob, carol, whisper, edit, redact, events } = await openTalk();
    const { id } = await whisper(bob, "carol", "secret");
    const change = await edit(bob, id, "secret two");
    await redact(bob, id);
    const redacted = { case: "redacted", value: { ids: [id], editIds: [change.id], sender: "bob" } };
    expect(await events(carol.member)).toMatchObject([redacted]);
    expect(await events(ada.member)).toEqual([]);
  });

  test("is an edit that another process appended after its message was erased", async () => {
    const { bob, say, redact, secrets, store } = await openTalk();
    const { id, seq } = await say(bob, "secret");
    await redact(bob, id);
    const sender = bob.member.participant;
    const event = { kind: "edited", messageId: id, sender, text: "secret two" } as const;
    await store.log.append(writeRecord(event, encodeEvent, new Uint8Array(NONCE_BYTES)));
    await vi.waitFor(async () => expect(await secrets()).toEqual([]));
    const { entries } = await store.log.read(null, 10_000);
    const erasing = entries.map(({ data }) => readRecord(data).erases).filter(({ length }) => length > 0);
    expect(erasing[0]).toEqual([seq]);
    expect(erasing).toHaveLength(2);
  });

  test("is an edit that the process did not know that erased its message; also by one that starts later", async () => {
    const { bob, say, edit, secrets, store, restart, room } = await openTalk();
    const { id, seq } = await say(bob, "secret");
    await edit(bob, id, "secret two");
    await room.close();
    const redacted = {
      kind: "redacted",
      messageIds: [id],
      sender: bob.member.participant,
      reason: "",
      audience: [],
    } as const;
    const record = writeRecord(redacted, encodeEvent, new Uint8Array(NONCE_BYTES), [seq]);
    await store.log.append(record, { erase: [seq], notice: true });
    expect(await secrets()).toHaveLength(1);
    await restart();
    await vi.waitFor(async () => expect(await secrets()).toEqual([]));
  });
});

describe("a reply", () => {
  test("carries the id of what it replies to", async () => {
    const { ada, bob, carol, say, whisper, events } = await openTalk();
    const asked = await say(bob, "who?");
    await say(carol, "me", asked.id);
    const hidden = await whisper(bob, "carol", "sure?");
    await whisper(carol, "bob", "yes", hidden.id);
    await whisper(carol, "ada", "see above", asked.id);
    const replies = async (person: typeof bob) =>
      (await events(person.member)).flatMap(({ value }) =>
        value && "replyToId" in value && value.replyToId !== "" ? [[value.text, value.replyToId]] : [],
      );
    expect(await replies(ada)).toEqual([
      ["me", asked.id],
      ["see above", asked.id],
    ]);
    expect(await replies(bob)).toEqual([
      ["me", asked.id],
      ["yes", hidden.id],
    ]);
  });

  test("to what not all who receive it can see, or what is gone, is refused", async () => {
    const { ada, bob, say, whisper, edit, redact } = await openTalk();
    const hidden = await whisper(bob, "carol", "between us");
    const gone = await say(bob, "gone");
    await redact(bob, gone.id);
    const own = await say(bob, "own");
    const change = await edit(bob, own.id, "changed");
    const notFound = { reason: "MESSAGE_NOT_FOUND", detail: { field: "reply_to_id" } };
    for (const id of [hidden.id, gone.id, change.id, "nonsense"]) {
      await expect(say(bob, "x", id), id).rejects.toMatchObject(notFound);
      await expect(whisper(bob, "ada", "x", id), id).rejects.toMatchObject(notFound);
    }
    await expect(whisper(ada, "carol", "x", hidden.id)).rejects.toMatchObject(notFound);
  });
});
