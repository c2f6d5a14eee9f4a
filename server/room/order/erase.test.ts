import { expect, test } from "vitest";
import { readRecord } from "../log/record.js";
import { openTestRoom } from "./test-room.js";

const target = (nickname: string) => ({ userId: "", nickname });
const notFound = { reason: "MESSAGE_NOT_FOUND", detail: { field: "ids" } };

async function openTalk() {
  const opened = await openTestRoom();
  const ada = await opened.join("ada", "MODERATOR", "192.0.2.1");
  const bob = await opened.join("bob");
  const carol = await opened.join("carol");
  const { room, store } = opened;
  const whisper = (from: typeof bob, recipient: string, text: string) =>
    room.sendTo(from.member, { recipient, recipientId: "", text, requestId: "" });
  /** Texts that the store still has. */
  async function texts(): Promise<string[]> {
    const { entries } = await store.log.read(null, 10_000);
    return entries.flatMap(({ data }) => {
      const { kind } = readRecord(data);
      const isMessage = kind.endsWith("_message") || kind === "announcement";
      return isMessage ? (/\b(?:secret|plain)\d*/.exec(new TextDecoder().decode(data)) ?? []) : [];
    });
  }
  const say = async (from: typeof bob, text: string) => (await room.broadcast(from.member, text, "")).id;
  const redact = (by: typeof bob, ...ids: string[]) => room.redact(by.member, { ids, reason: "" });
  return { ...opened, acts: room.moderation, ada, bob, carol, say, whisper, redact, texts };
}

test("a member erases its own messages, once, and those who could see them learn which", async () => {
  const { ada, bob, carol, say, whisper, redact, texts, events } = await openTalk();
  const first = await say(bob, "secret1");
  const { id: second } = await whisper(bob, "carol", "secret2");
  const kept = await say(bob, "plain");
  expect(await redact(bob, first, second, first)).toBe(2);
  expect(await texts()).toEqual(["plain"]);
  expect(await redact(bob, first)).toBe(0);
  const redacted = (ids: string[]) => ({
    case: "redacted",
    value: { ids, sender: "bob", senderId: bob.member.id },
  });
  const group = { case: "groupMessage", value: { text: "plain" } };
  expect(await events(ada.member)).toMatchObject([group, redacted([first])]);
  expect(await events(carol.member)).toMatchObject([group, redacted([first]), redacted([second])]);
  expect(await redact(bob, kept)).toBe(1);
});

test("of other members, a moderator erases what it can see, and no one else anything", async () => {
  const { ada, bob, carol, say, whisper, redact, texts, events, seen } = await openTalk();
  const group = await say(bob, "plain1");
  const { id: hidden } = await whisper(bob, "carol", "plain2");
  const { id: told } = await whisper(bob, "ada", "plain3");
  await expect(redact(carol, group)).rejects.toMatchObject({ reason: "NOT_ALLOWED" });
  await expect(redact(carol, told)).rejects.toMatchObject(notFound);
  await expect(redact(ada, group, hidden)).rejects.toMatchObject(notFound);
  expect(await texts()).toEqual(["plain1", "plain2", "plain3"]);
  expect(await redact(ada, group, told)).toBe(2);
  expect(await texts()).toEqual(["plain2"]);
  const moderated = (await events(bob.member)).filter(({ case: kind }) => kind === "moderated");
  expect(moderated).toMatchObject([{ value: { action: 6, nickname: "bob", moderator: "" } }]);
  expect(seen.filter(({ kind }) => kind === "moderated")).toMatchObject([
    { action: "ERASE", target: bob.member.id, erased: 2 },
  ]);
});

test("an id that is no message's, or not this room's, erases nothing", async () => {
  const { ada, bob, say, redact, texts, acts } = await openTalk();
  const said = await say(bob, "plain");
  const { id: announced } = await acts.announce(ada.actor, ada.member, { text: "plain4", requestId: "" });
  const other = `${said.slice(0, -2)}AA`;
  for (const wrong of ["", "x", other, "AQAAAAAAAf__________", "AQAAAA__Af__________"])
    await expect(redact(bob, said, wrong)).rejects.toMatchObject(notFound);
  await expect(redact(bob)).rejects.toMatchObject({ detail: { field: "ids" } });
  const many = Array.from({ length: 101 }, () => said);
  await expect(redact(bob, ...many)).rejects.toMatchObject({ detail: { field: "ids", limit: 100 } });
  await expect(redact(bob, announced)).rejects.toMatchObject({ reason: "NOT_ALLOWED" });
  expect(await texts()).toEqual(["plain", "plain4"]);
  expect(await redact(ada, announced)).toBe(1);
  expect(await texts()).toEqual(["plain"]);
});

test("Erase takes what a person sent in some time, private messages among it, also once it has left", async () => {
  const { ada, bob, carol, acts, clock, room, say, whisper, texts, events } = await openTalk();
  await say(bob, "plain1");
  clock.advance(60_001);
  for (let i = 0; i < 250; i++) await say(bob, "secret");
  await whisper(bob, "carol", "secret");
  await say(carol, "plain2");
  await room.logout(bob.member);
  const erase = { userId: bob.member.id, nickname: "", sinceMs: 60_000, reason: "spam" };
  expect(await acts.erase(ada.actor, erase)).toBe(251);
  expect(await texts()).toEqual(["plain1", "plain2"]);
  expect(await acts.erase(ada.actor, erase)).toBe(0);
  const seenByCarol = await events(carol.member);
  const ids = seenByCarol.flatMap((kind) => (kind.case === "redacted" ? [kind.value.ids.length] : []));
  expect(ids.sort()).toEqual([1, 100, 100, 50].sort());
  const moderated = (await events(ada.member)).filter(({ case: kind }) => kind === "moderated");
  expect(moderated).toMatchObject([{ value: { nickname: "bob", reason: "spam" } }]);
  const unknown = acts.erase(ada.actor, { ...target("bob"), sinceMs: 1, reason: "" });
  await expect(unknown).rejects.toMatchObject({ reason: "USER_NOT_FOUND" });
});

test("kick and ban erase along with the person", async () => {
  const { ada, bob, carol, acts, say, texts } = await openTalk();
  await say(bob, "secret1");
  await acts.kick(ada.actor, { ...target("bob"), reason: "", eraseSinceMs: 60_000 });
  await say(carol, "secret2");
  const ban = { ...target("carol"), reason: "", network: "", spareAddress: true, allowWide: false };
  await acts.ban(ada.actor, { ...ban, eraseSinceMs: 60_000 });
  expect(await texts()).toEqual([]);
});

test("an erased private message that was not delivered is not reported as undelivered", async () => {
  const { bob, room, login, whisper, redact, events } = await openTalk();
  const dave = await login("dave");
  await room.broadcast(dave, "plain", "");
  const { id } = await whisper(bob, "dave", "secret");
  await whisper(bob, "dave", "plain");
  await redact(bob, id);
  await room.logout(dave);
  const undelivered = (await events(bob.member)).filter(({ case: kind }) => kind === "undelivered");
  expect(undelivered).toMatchObject([{ value: { messageIds: [expect.not.stringMatching(id)] } }]);
});
