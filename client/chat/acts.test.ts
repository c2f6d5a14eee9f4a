/** Commands that change more than what is said, against a room that records what it is asked for. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ErrorReason } from "../../gen/parlance/v1/errors_pb.js";
import { EventSchema } from "../../gen/parlance/v1/event_pb.js";
import { Role } from "../../gen/parlance/v1/user_pb.js";
import { en } from "../i18n/en.js";
import { eventOf } from "../session/event.js";
import { connect } from "../session/session.js";
import { createFakeRoom, guest, refusal } from "../session/test-room.js";
import { Chat } from "./chat.js";
import { Addressee } from "./input/address.js";
import type { Line, Problem } from "./line.js";

const bob = guest("bob", "b");

async function enter({ asks = true, keeps = true } = {}) {
  const room = createFakeRoom();
  const session = await connect({ nickname: "ming", transport: room.transport, waitOutRate: false });
  const lines: Line[] = [];
  const kept = new Map<string, string>();
  const chat = new Chat({
    session,
    server: "http://test",
    words: en,
    start: {},
    awaySinceMs: null,
    onStep: (shown) => lines.push(...shown),
    onQuit: () => {},
    asks,
    secrets: {
      keep(nickname, secret) {
        if (keeps) kept.set(nickname, secret);
        return keeps;
      },
      forget: (nickname) => void kept.delete(nickname),
    },
  });
  chat.dispatch({ kind: "people", people: [guest("ming", session.self.id), bob], total: 2 });
  const hears = (id: string, senderId: string, sender: string, text: string) => {
    const kind = { case: "groupMessage", value: { sender, senderId, text } } as const;
    const event = eventOf(create(EventSchema, { id, cursor: id, time: timestampFromMs(0), kind }));
    if (event) chat.dispatch({ kind: "feed", item: { kind: "event", event }, online: 2, nowMs: 0 });
  };
  const says = (id: string, text: string) => hears(id, session.self.id, "ming", text);
  const does = async (input: string): Promise<Problem["what"] | null> =>
    (await chat.submit(input))?.what ?? null;
  return { room, chat, lines, kept, hears, says, does };
}

test("a secret that the room makes is shown once and kept, a chosen one is neither", async () => {
  const { does, lines, kept, room } = await enter();
  expect(await does("/register")).toBeNull();
  expect(lines.at(-1)).toMatchObject({ kind: "registered", secret: "made by the server", kept: true });
  expect([...kept]).toEqual([["ming", "made by the server"]]);
  expect(await does("/register correct horse")).toBeNull();
  expect(lines.at(-1)).toMatchObject({ kind: "registered", secret: "", kept: false });
  expect(room.registered).toEqual(["", "correct horse"]);
  expect([...kept]).toEqual([]);
  expect(JSON.stringify(lines)).not.toContain("horse");
});

test("a secret that cannot be kept is not said to be", async () => {
  const { does, lines } = await enter({ keeps: false });
  await does("/register");
  expect(lines.at(-1)).toMatchObject({ secret: "made by the server", kept: false });
});

test("a nickname is given up only when the very next input confirms it", async () => {
  const { does, room, kept } = await enter();
  await does("/register");
  expect(await does("/unregister")).toBe("confirm_unregister");
  expect(await does("hello")).toBeNull();
  expect(await does("/unregister")).toBe("confirm_unregister");
  expect(room.unregistered).toBe(0);
  expect(await does("/unregister")).toBeNull();
  expect([room.unregistered, kept.size]).toEqual([1, 0]);
});

test("the message that is meant is named before it is erased, and asked about anew if it is another", async () => {
  const { chat, does, says, hears, room } = await enter();
  expect(await does("/redact")).toBe("nothing_to_redact");
  says("m1", "first");
  hears("m2", "b", "bob", "in between");
  says("m3", "last");
  expect(await chat.submit("/redact")).toMatchObject({ message: { nickname: null, text: "last" } });
  says("m4", "too late");
  expect(await chat.submit("/redact")).toMatchObject({ message: { text: "too late" } });
  expect(room.redacted).toEqual([]);
  expect(await does("/redact")).toBeNull();
  expect(room.redacted).toEqual(["m4"]);
  expect(await chat.submit("/redact 3")).toMatchObject({ message: { text: "first" } });
  expect(await does("/redact 3")).toBeNull();
  expect(await chat.submit("/redact @BOB")).toMatchObject({
    message: { nickname: "bob", text: "in between" },
  });
  expect(await does("/redact @BOB")).toBeNull();
  expect(room.redacted).toEqual(["m4", "m1", "m2"]);
  room.failures.act.push(refusal(Code.NotFound, ErrorReason.MESSAGE_NOT_FOUND));
  await does("/redact 2");
  expect(await does("/redact 2")).toBe("message_gone");
});

test("where no one can confirm, the message is named and erased", async () => {
  const { does, says, lines, room } = await enter({ asks: false });
  says("m1", "slip");
  expect(await does("/redact")).toBeNull();
  expect(lines.at(-1)).toMatchObject({ kind: "redacting", message: { text: "slip" } });
  expect(room.redacted).toEqual(["m1"]);
});

test("a moderator acts on the person who is in the room, and otherwise on the nickname", async () => {
  const { does, room } = await enter();
  for (const input of [
    "/kick BOB too\n loud",
    "/kick eve",
    "/ban bob 1h spam",
    "/ban 203.0.113.0/24",
    "/mute bob 0",
    "/announce lunch",
    "/close",
    "/close 0",
    "/unban Kestra",
    "/invite 0 2d",
  ]) {
    expect(await does(input)).toBeNull();
  }
  const announced = room.moderated.find(([name]) => name === "announce")?.[1] as { requestId?: string };
  expect(announced.requestId).toHaveLength(24);
  expect(room.moderated).toMatchObject([
    ["kick", { userId: "b", reason: "too loud" }],
    ["kick", { nickname: "eve" }],
    ["ban", { userId: "b", duration: "3600s", reason: "spam" }],
    ["ban", { network: "203.0.113.0/24" }],
    ["mute", { userId: "b", duration: "0s" }],
    ["announce", { text: "lunch" }],
    ["updateRoom", { closeFor: "600s" }],
    ["updateRoom", { closeFor: "0s" }],
    ["unban", { id: "Kestra" }],
    ["createInvite", { lifetime: "172800s" }],
  ]);
});

test("what a guest sent is erased by its id, also when it has left", async () => {
  const { does, hears, room } = await enter();
  hears("m1", "e1", "eve", "spam");
  await does("/erase Eve 30m");
  await does("/erase kim");
  expect(room.moderated).toEqual([
    ["erase", { userId: "e1", since: "1800s" }],
    ["erase", { nickname: "kim", since: "600s" }],
  ]);
});

test("a wide network is banned only after a question, also in a pipe", async () => {
  for (const asks of [true, false]) {
    const { does, room } = await enter({ asks });
    expect(await does("/ban 10.0.0.0/8 1h")).toBe("confirm_ban");
    expect(await does("/ban 2001::/16")).toBe("confirm_ban");
    expect(room.moderated).toEqual([]);
    expect(await does("/ban 2001::/16")).toBeNull();
    expect(room.moderated).toEqual([["ban", { network: "2001::/16", allowWide: true }]]);
  }
});

test("bans and invites are shown", async () => {
  const { does, lines } = await enter();
  await does("/bans");
  const shown = { id: "kestra", nickname: "bob", network: "", forMs: null, moderator: "mia", reason: "spam" };
  expect(lines.at(-1)).toMatchObject({ kind: "bans", bans: [shown] });
  await does("/invite 3 1h");
  expect(lines.at(-1)).toMatchObject({ kind: "invite", code: "prli_code", uses: 3, forMs: 3_600_000 });
});

test.each<[unknown, string]>([
  [refusal(Code.PermissionDenied, ErrorReason.NOT_ALLOWED), "not_allowed"],
  [refusal(Code.NotFound, ErrorReason.USER_NOT_FOUND), "no_such_person"],
  [refusal(Code.ResourceExhausted, ErrorReason.RATE_LIMITED, { retryMs: 1 }), "rate_limited"],
  [refusal(Code.InvalidArgument, ErrorReason.REQUEST_INVALID), "refused"],
  [new ConnectError("no such RPC", Code.Unimplemented), "not_offered"],
])("a refused action is named: %s", async (error, what) => {
  const { does, room } = await enter();
  room.failures.act.push(error);
  expect(await does("/kick bob")).toBe(what);
});

test("the ban of an unknown id is named as such", async () => {
  const { does, room } = await enter();
  room.failures.act.push(refusal(Code.InvalidArgument, ErrorReason.REQUEST_INVALID, { field: "id" }));
  expect(await does("/unban nosuch")).toBe("no_such_ban");
});

test.each<[ErrorReason, string]>([
  [ErrorReason.MUTED, "muted"],
  [ErrorReason.REGISTRATION_REQUIRED, "registered_only"],
  [ErrorReason.NOT_ALLOWED, "not_allowed"],
])("a message that the reader may not send is refused with its reason: %s", async (reason, what) => {
  const { does, room } = await enter();
  room.failures.broadcast.push(refusal(Code.PermissionDenied, reason));
  expect(await does("hello")).toBe(what);
});

test("a message to a registered nickname that is away is said to be stored", async () => {
  const { chat, does, lines, room } = await enter();
  room.stores = true;
  expect(await does("@bob psst")).toBeNull();
  const value = { sender: "ming", senderId: "1", recipient: "bob", recipientId: "b", text: "psst" };
  const kind = { case: "privateMessage", value } as const;
  const event = eventOf(create(EventSchema, { id: "w1", cursor: "c", time: timestampFromMs(0), kind }));
  if (event) chat.dispatch({ kind: "feed", item: { kind: "event", event }, online: 2, nowMs: 0 });
  expect(lines.at(-1)).toMatchObject({ kind: "stored", nickname: "bob" });
});

test("the reader's role is known in a room that is too large to be listed", async () => {
  const { chat, room } = await enter();
  room.users.push({ nickname: "ada", id: "a", role: Role.UNSPECIFIED });
  room.users.push({ nickname: "bob", id: "b", role: Role.UNSPECIFIED });
  room.users.push({ nickname: "ming", id: "1", role: Role.MODERATOR });
  room.listed = 1;
  await chat.refreshPeople();
  expect(chat.state).toMatchObject({ role: "MODERATOR", peopleComplete: false });
});

test("a command is for the person who had the nickname when it was typed, and after a refusal for the next", async () => {
  const { chat, room } = await enter();
  const addressee = new Addressee();
  expect(addressee.follow("/kick bob", chat.state)).toMatchObject({ person: { id: "b" }, finished: false });
  const people = [guest("ming", "1"), guest("Bob", "another")];
  chat.dispatch({ kind: "people", people, total: 2 });
  room.failures.act.push(refusal(Code.NotFound, ErrorReason.USER_NOT_FOUND));
  const address = addressee.follow("/kick bob too loud", chat.state);
  const problem = await chat.submit("/kick bob too loud", address);
  if (problem?.what !== "another_target") throw new Error("the person who has left was found");
  addressee.followAgain("/kick bob too loud", chat.state, address, problem);
  expect(await chat.submit("/kick bob too loud", addressee.address)).toBeNull();
  expect(room.moderated).toMatchObject([
    ["kick", { userId: "b" }],
    ["kick", { userId: "another" }],
  ]);
});

test("what was chosen and confirmed elsewhere is done at once, to the person who was pointed at", async () => {
  const { chat, room, kept, does } = await enter();
  const gone = { nickname: "bob", id: "b0" };
  expect(await chat.perform("mute", { name: "bob", forMs: 60_000, rest: "too loud" }, gone)).toBeNull();
  expect(await chat.perform("erase", { name: "bob", forMs: 60_000 }, gone)).toBeNull();
  expect(room.moderated).toEqual([
    ["mute", { userId: "b0", duration: "60s", reason: "too loud" }],
    ["erase", { userId: "b0", since: "60s" }],
  ]);
  expect(await chat.perform("redact", { id: "m7" }, null)).toBeNull();
  expect(room.redacted).toEqual(["m7"]);
  await chat.perform("register", { rest: "" }, null);
  expect([...kept.keys()]).toEqual(["ming"]);
  expect(await chat.perform("unregister", {}, null)).toBeNull();
  expect([room.unregistered, kept.size]).toEqual([1, 0]);
  // It confirms nothing that is typed later.
  expect(await does("/unregister")).toBe("confirm_unregister");
});

test("a refusal of what was chosen is a problem as that of an input", async () => {
  const { chat, room } = await enter();
  room.failures.act.push(refusal(Code.PermissionDenied, ErrorReason.NOT_ALLOWED));
  expect(await chat.perform("kick", { name: "bob" }, bob)).toMatchObject({ what: "not_allowed" });
});
