/** Finding, quoting and editing, against a room that records what it is asked for. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ErrorReason } from "../../../gen/parlance/v1/errors_pb.js";
import { EventSchema } from "../../../gen/parlance/v1/event_pb.js";
import { Feature } from "../../../gen/parlance/v1/limits_pb.js";
import { en } from "../../i18n/en.js";
import { catalogOf } from "../../i18n/index.js";
import { eventOf } from "../../session/event.js";
import { connect } from "../../session/session.js";
import { createFakeRoom, guest, refusal } from "../../session/test-room.js";
import { lineText, plainTheme } from "../../text/line-text.js";
import { problemWords } from "../../text/problem-words.js";
import { Chat } from "../chat.js";
import { Addressee } from "../input/address.js";
import type { Line } from "../line.js";

type Kind = NonNullable<MessageInitShape<typeof EventSchema>["kind"]>;

const group = (sender: string, text: string, replyToId = ""): Kind => ({
  case: "groupMessage",
  value: { sender, senderId: sender === "ming" ? "1" : sender, text, replyToId },
});
const privately = (sender: string, recipient: string, text: string): Kind => ({
  case: "privateMessage",
  value: {
    sender,
    senderId: sender === "ming" ? "1" : sender,
    recipient,
    recipientId: recipient === "ming" ? "1" : recipient,
    text,
  },
});
const edited = (messageId: string, sender: string, text: string, recipient = ""): Kind => ({
  case: "edited",
  value: {
    messageId,
    sender,
    senderId: sender === "ming" ? "1" : sender,
    text,
    recipient,
    recipientId: recipient,
  },
});

async function enter(
  features = [Feature.SEARCH, Feature.REPLIES, Feature.EDITING],
  language = "en",
  asks = false,
) {
  const room = createFakeRoom();
  room.limits = { features, maxTextBytes: 4_096, maxTextLines: 50 };
  const session = await connect({ nickname: "ming", transport: room.transport, waitOutRate: false });
  const lines: Line[] = [];
  const words = catalogOf(language === "en" ? "en" : "zh-CN");
  const chat = new Chat({
    session,
    server: "http://test",
    words,
    start: {},
    awaySinceMs: null,
    onStep: (shown) => lines.push(...shown),
    onQuit: () => {},
    asks,
  });
  let heard = 0;
  const hears = (kind: Kind, id = `m${++heard}`) => {
    const event = eventOf(create(EventSchema, { id, cursor: id, time: timestampFromMs(0), kind }));
    if (event) chat.dispatch({ kind: "feed", item: { kind: "event", event }, online: 2, nowMs: 0 });
    return id;
  };
  const style = { words, theme: plainTheme, timeFormat: "hm", self: "ming", interactive: true } as const;
  /** The lines since the last call, as they are shown, without their times. */
  const shown = () => lines.splice(0).map((line) => lineText(line, style).replace(/^\d\d:\d\d /, ""));
  const does = async (input: string) => (await chat.submit(input))?.what ?? null;
  return { room, chat, hears, shown, does };
}

test.each([
  ["/reply", 'Nothing after "/reply"; not sent'],
  ["／reply　", 'Nothing after "/reply"; not sent'],
  ["@bob", 'Nothing after "@bob"; not sent'],
  ["@bob, ", 'Nothing after "@bob"; not sent'],
  ["/msg bob ", 'Nothing after "/msg bob"; not sent'],
  ["/w @bob", 'Nothing after "/w @bob"; not sent'],
])("%j, a private message without a text, is refused by what was typed", async (input, words) => {
  const { chat, hears } = await enter();
  chat.dispatch({ kind: "people", people: [guest("bob", "bob")], total: 1 });
  hears(privately("bob", "ming", "hi"));
  const problem = await chat.submit(input);
  expect(problem && problemWords(problem, en)).toBe(words);
});

describe("/find", () => {
  const found = (text: string, cursor: string, atStart = false) => ({
    events: [{ id: text, cursor: text, time: timestampFromMs(0), kind: group("ada", text) }],
    previousCursor: cursor,
    nextCursor: "c9",
    atStart,
  });

  test("shows what the room finds, and goes further back each time", async () => {
    const { room, does, shown } = await enter();
    room.found.push(found("the weather today", "c5"), { previousCursor: "c4" }, found("weather", "c1", true));
    // A page may be empty: it is read on until there are enough.
    room.found.push(found("older weather", "c1", true));
    expect(await does("/find weather")).toBeNull();
    expect(shown()).toEqual([
      '---- 2 messages with "weather" ----',
      "ada: weather",
      "ada: the weather today",
      "---- all that is kept was searched ----",
    ]);
    expect(room.searches.map(({ text, before }) => [text, before])).toEqual([
      ["weather", ""],
      ["weather", "c5"],
      ["weather", "c4"],
    ]);
    await does("/find");
    expect(shown()[0]).toBe('---- 1 message with "weather" ----');
    expect(room.searches.at(-1)).toMatchObject({ text: "weather", before: "" });
  });

  test("continues before what it has found, and begins anew for another text", async () => {
    const { room, does, shown } = await enter();
    const twenty = Array.from({ length: 20 }, (_, i) => found(`hit ${i}`, "").events[0]!);
    room.found.push({ events: twenty, previousCursor: "c20" }, { atStart: true }, found("other", "c1", true));
    await does("/find hit");
    expect(shown().at(-1)).toBe("---- /find again goes further back ----");
    await does("/find");
    expect(shown()).toEqual(['---- nothing older with "hit" ----']);
    await does("/find other");
    expect(room.searches.map(({ text, before }) => [text, before])).toEqual([
      ["hit", ""],
      ["hit", "c20"],
      ["other", ""],
    ]);
  });

  test("needs a text the first time, and a server that has it", async () => {
    const { room, does } = await enter();
    expect(await does("/find")).toBe("nothing_searched");
    room.failures.act.push(new ConnectError("no such RPC", Code.Unimplemented));
    expect(await does("/find x")).toBe("not_offered");
  });

  test("shows an edit alone, in Chinese", async () => {
    const { room, hears, does, shown } = await enter(undefined, "zh-CN");
    const id = hears(group("ada", "今天天气"));
    const kind = edited(id, "ada", "明天天气");
    const change = { id: "e", cursor: "e", time: timestampFromMs(0), kind };
    room.found.push({ events: [change], previousCursor: "e", atStart: true });
    shown();
    await does("/find 天气");
    expect(shown()).toEqual([
      "---- 找到 1 条含「天气」的消息 ----",
      "* ada 把这句话改成了：明天天气",
      "---- 保留的记录都找过了 ----",
    ]);
  });

  test("says in Chinese that there is nothing", async () => {
    const { does, shown } = await enter(undefined, "zh-CN");
    await does("/find 天气");
    expect(shown()).toEqual(["---- 没有找到含「天气」的消息 ----"]);
  });
});

describe("/quote", () => {
  test("replies where the last message of another was, or that of the one named", async () => {
    const { room, hears, does } = await enter();
    expect(await does("/quote hello")).toBe("nothing_to_quote");
    const ada = hears(group("ada", "lunch?"));
    const bob = hears(group("bob", "no"));
    hears(group("ming", "yes"));
    expect(await does("/quote at one")).toBeNull();
    expect(await does("/quote @ADA at one,\nor two")).toBeNull();
    expect(await does("/quote @eve hello")).toBe("nothing_to_quote");
    expect(room.broadcasts.map(({ text, replyToId }) => [text, replyToId])).toEqual([
      ["at one", bob],
      ["at one,\nor two", ada],
    ]);
    expect(await does("/quote")).toBe("bad_arguments");
    expect(await does("/quote @ada")).toBe("bad_arguments");
    expect([room.broadcasts.length, room.whispers.length]).toEqual([2, 0]);
  });

  test("of a private message is private, for its partner by id", async () => {
    const { room, hears, does } = await enter();
    hears(group("ada", "lunch?"));
    const psst = hears(privately("bob", "ming", "psst"));
    const own = hears(privately("ming", "eve", "hello eve"));
    expect(await does("/quote what?")).toBeNull();
    expect(await does("/quote @BOB what?")).toBeNull();
    expect(await does("/quote @ming as I wrote")).toBeNull();
    expect(await does("/quote @ada at one")).toBeNull();
    expect(room.whispers.map(({ recipientId, replyToId }) => [recipientId, replyToId])).toEqual([
      ["bob", psst],
      ["bob", psst],
      ["eve", own],
    ]);
    expect(room.broadcasts.map(({ text }) => text)).toEqual(["at one"]);
    const gone = refusal(Code.NotFound, ErrorReason.USER_NOT_FOUND, { field: "recipient_id" });
    room.failures.sendTo.push(gone);
    expect(await does("/quote @bob gone?")).toBe("no_such_person");
  });

  test("refers to the message that was the last one when it was typed", async () => {
    const { room, chat, hears } = await enter();
    const addressee = new Addressee();
    const psst = hears(privately("bob", "ming", "psst"));
    expect(addressee.follow("/quote", chat.state)).toBeNull();
    const typed = addressee.follow("/quote ", chat.state);
    expect(typed).toMatchObject({ person: { id: "bob" }, finished: true, quoted: { text: "psst" } });
    hears(group("ada", "lunch?"));
    await chat.submit("/quote my secret", addressee.follow("/quote my secret", chat.state));
    expect(room.whispers.map(({ text, replyToId }) => [text, replyToId])).toEqual([["my secret", psst]]);
    expect(addressee.follow("/quote @ad", chat.state)).toMatchObject({ quoted: null, finished: false });
    const ada = addressee.follow("/quote @ada ", chat.state);
    expect(ada).toMatchObject({ person: null, finished: false, quoted: { text: "lunch?" } });
    expect(room.broadcasts).toEqual([]);
  });

  test("to everyone is asked about once, where someone has written privately since", async () => {
    const { room, hears, does } = await enter(undefined, "en", true);
    hears(privately("bob", "ming", "psst"));
    hears(group("ada", "lunch?"));
    expect(await does("/quote my secret")).toBe("confirm_quote");
    expect(await does("/quote my secrets")).toBe("confirm_quote");
    expect(room.broadcasts).toEqual([]);
    expect(await does("/quote my secrets")).toBeNull();
    hears(group("ming", "my secrets"));
    hears(group("ada", "hm"));
    expect(await does("/quote yes")).toBeNull();
    expect(room.broadcasts.map(({ text }) => text)).toEqual(["my secrets", "yes"]);
    expect(room.whispers).toEqual([]);
  });

  test("is not sent where the server would take it for no reply", async () => {
    const { room, hears, does } = await enter([]);
    hears(group("ada", "lunch?"));
    expect(await does("/quote at one")).toBe("not_offered");
    expect(room.broadcasts).toEqual([]);
  });

  test("a reply is shown below what it replies to, as it is now", async () => {
    const { hears, shown } = await enter();
    const long = hears(group("ada", `lunch\nat ${"x".repeat(80)}`));
    shown();
    hears(group("bob", "no", long));
    expect(shown()).toEqual([`    > ada: lunch at ${"x".repeat(51)}...`, "bob: no"]);
    hears(edited(long, "ada", "dinner?"));
    shown();
    hears(group("bob", "yes", long));
    expect(shown()).toEqual(["    > ada: dinner?", "bob: yes"]);
    hears({ case: "redacted", value: { ids: [long], sender: "ada", senderId: "ada" } });
    shown();
    hears(group("bob", "which one?", long));
    expect(shown()).toEqual(["    > an earlier message", "bob: which one?"]);
  });
});

test("nothing of a person who is ignored is shown or quoted", async () => {
  const { room, hears, does, shown } = await enter();
  hears(group("bob", "lunch?"));
  hears(group("ada", "spam"), "spam");
  await does("/ignore ada");
  const more = hears(group("ada", "more spam"));
  shown();
  hears(edited("spam", "ada", "even more spam"));
  hears(group("bob", "stop it", more));
  expect(shown()).toEqual(["    > an earlier message", "bob: stop it"]);
  await does("/quote yes");
  expect(room.broadcasts.at(-1)?.text).toBe("yes");
  expect(await does("/quote @ada no")).toBe("nothing_to_quote");
  const found = { id: "f", cursor: "f", time: timestampFromMs(0), kind: group("ada", "spam") };
  room.found.push({ events: [found], previousCursor: "f", atStart: true });
  await does("/find spam");
  expect(shown()[0]).toBe('---- nothing found with "spam" ----');
});

describe("/edit", () => {
  test("gives the reader's last message another text", async () => {
    const { room, hears, does, chat } = await enter();
    expect(await does("/edit hello")).toBe("nothing_to_edit");
    hears(group("ming", "first"));
    const last = hears(privately("ming", "ada", "helo"));
    hears(group("ada", "hm?"));
    expect(await does("/edit hello")).toBeNull();
    expect(room.edits.map(({ id, text }) => [id, text])).toEqual([[last, "hello"]]);
    expect(room.edits[0]?.requestId).not.toBe("");
    expect(chat.lastSent).toBe("e1");
    expect(await does("/edit")).toBe("bad_arguments");
    room.failures.act.push(refusal(Code.NotFound, ErrorReason.MESSAGE_NOT_FOUND));
    expect(await does("/edit hello")).toBe("message_gone");
  });

  test("means the message just sent, although the feed has not brought it yet", async () => {
    const { room, hears, does } = await enter();
    hears(group("ming", "before"), "before");
    await does("helo");
    await does("/edit hello");
    await does("/edit hello!");
    hears(group("ming", "helo"), "b1");
    hears(group("ming", "by another device"), "other");
    await does("/edit here, too");
    expect(room.edits.map(({ id }) => id)).toEqual(["b1", "b1", "other"]);
  });

  test("is shown as a new line below the text of before", async () => {
    const { hears, shown } = await enter();
    const own = hears(group("ming", "helo"));
    const hidden = hears(privately("ada", "ming", "psst"));
    shown();
    hears(edited(own, "ming", "hello"));
    hears(edited(own, "ming", "hello!"));
    hears(edited(hidden, "ada", "psst!", "ming"));
    hears(edited("unknown", "bob", "two\nrows"));
    expect(shown()).toEqual([
      "    > ming: helo",
      "* you changed this to: hello",
      "    > ming: hello",
      "* you changed this to: hello!",
      "    > ada: psst",
      "* ada changed a private message to: psst!",
      "    > an earlier message",
      "* bob changed this to: two\n    rows",
    ]);
  });

  test("cannot pose as a line of another, whatever is in the text", async () => {
    const { hears, shown } = await enter();
    const id = hears(group("ada", "one\n12:00 bob: I agree"));
    shown();
    hears(edited(id, "ada", "two\n12:00 bob: I agree\u001b[2K"));
    expect(shown()).toEqual([
      "    > ada: one 12:00 bob: I agree",
      "* ada changed this to: two\n    12:00 bob: I agree",
    ]);
  });
});

describe("an input about a message that was pointed at", () => {
  test("replies to it, in the room or in private", async () => {
    const { room, chat, hears } = await enter();
    const id = hears(group("ada", "lunch?"));
    const secret = hears(privately("ada", "ming", "psst"));
    expect(await chat.submit("yes", null, { does: "reply", id })).toBeNull();
    expect(room.broadcasts.at(-1)).toMatchObject({ text: "yes", replyToId: id });
    await chat.submit("@ada what?", undefined, { does: "reply", id: secret });
    expect(room.whispers.at(-1)).toMatchObject({ text: "what?", recipient: "ada", replyToId: secret });
  });

  test("is its new text, even if it begins like a private message", async () => {
    const { room, chat, hears } = await enter();
    const id = hears(group("ming", "noon"));
    hears(group("ming", "something newer"));
    expect(await chat.submit("one", null, { does: "edit", id })).toBeNull();
    await chat.submit("@ada at one", undefined, { does: "edit", id });
    expect(room.edits.map(({ id: of, text }) => [of, text])).toEqual([
      [id, "one"],
      [id, "@ada at one"],
    ]);
    expect([room.broadcasts, room.whispers]).toEqual([[], []]);
  });

  test("is a command nevertheless, if it is one", async () => {
    const { room, chat, hears } = await enter();
    const id = hears(group("ada", "lunch?"));
    await chat.submit("/find lunch", null, { does: "reply", id });
    expect([room.searches.length, room.broadcasts.length]).toEqual([1, 0]);
  });
});

test("a search returns what it found, or why it could not search", async () => {
  const { room, chat, shown } = await enter();
  const event = { id: "1", cursor: "c1", time: timestampFromMs(0), kind: group("ada", "weather") };
  room.found.push({ events: [event], previousCursor: "c0", atStart: true });
  const page = await chat.search("weather", "c9");
  expect(page).toMatchObject({ events: [{ id: "1", cursor: "c1" }], previousCursor: "c0", atStart: true });
  expect(room.searches.at(-1)).toMatchObject({ text: "weather", before: "c9" });
  expect(shown()).toEqual([]);
  room.failures.act.push(new ConnectError("no such RPC", Code.Unimplemented));
  expect(await chat.search("weather", "")).toMatchObject({ what: "not_offered", command: "/find" });
});
