import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import {
  type ListEventsRequestSchema,
  type ListEventsResponse,
  ListEventsResponseSchema,
} from "../../gen/parlance/v1/chat_service_pb.js";
import { EventSchema, GapReason } from "../../gen/parlance/v1/event_pb.js";
import { eventOf } from "../session/event.js";
import { type HistoryOptions, listEvents } from "../session/lists.js";
import { HistoryReader, historyLines, isShown } from "./history.js";

type EventInit = MessageInitShape<typeof EventSchema>;
const self = { nickname: "ming", id: "1" };
const time = (seconds: number) => timestampFromMs(seconds * 1000);

const said = (number: number, text = `text ${number}`): EventInit => ({
  id: `${number}`,
  cursor: `${number}`,
  time: time(number),
  kind: { case: "groupMessage", value: { sender: "alice", senderId: "2", text } },
});
const came = (number: number, nickname: string, seconds = number): EventInit => ({
  id: `${number}`,
  cursor: `${number}`,
  time: time(seconds),
  kind: { case: "joined", value: { user: { nickname, id: nickname } } },
});
/** Events as the session returns them. */
const read = (events: readonly EventInit[]) =>
  events.flatMap((event) => eventOf(create(EventSchema, event)) ?? []);

/** A server whose log holds these events; cursors count from 1. */
function keeping(log: readonly EventInit[]) {
  const asked: MessageInitShape<typeof ListEventsRequestSchema>[] = [];
  const page = async (
    request: MessageInitShape<typeof ListEventsRequestSchema>,
  ): Promise<ListEventsResponse> => {
    asked.push(request);
    const gone = request.before?.startsWith("old");
    const end = request.before && !gone ? Number(request.before) - 1 : log.length;
    const start = Math.max(0, end - (request.pageSize ?? 50));
    return create(ListEventsResponseSchema, {
      events: log.slice(start, end),
      previousCursor: `${start + 1}`,
      nextCursor: `${end}`,
      atStart: start === 0,
      gap: gone ? GapReason.STORE_REPLACED : GapReason.UNSPECIFIED,
    });
  };
  const history = (options: HistoryOptions = {}) => listEvents(page, options);
  return { asked, page, session: { self, history } };
}

const texts = (lines: readonly { readonly kind: string }[]) =>
  lines.map((line) => ("text" in line ? line.text : line.kind));

test("history has the lines of moderation, and folds those who were removed together", () => {
  const at = (seconds: number, kind: EventInit["kind"]): EventInit => ({
    id: `${seconds}`,
    cursor: `${seconds}`,
    time: time(seconds),
    ...(kind && { kind }),
  });
  const left = (nickname: string, removed: boolean) =>
    ({ case: "left", value: { user: { nickname, id: nickname }, removed } }) as const;
  const events = read([
    at(1, left("alice", false)),
    at(2, left("bob", true)),
    at(3, left("carl", true)),
    at(4, { case: "announcement", value: { text: "lunch" } }),
    at(5, { case: "redacted", value: { ids: ["a", "b"], sender: "ming", senderId: "1" } }),
    at(6, { case: "moderated", value: { action: 4, nickname: "bob", userId: "bob" } }),
    at(7, { case: "roomChanged", value: { room: { title: "Lobby" } } }),
    at(8, { case: "userChanged", value: { user: { nickname: "bob", id: "bob", registered: true } } }),
  ]);
  expect(historyLines(events, self)).toMatchObject([
    { kind: "left", nicknames: ["alice"] },
    { kind: "removed", nicknames: ["bob", "carl"] },
    { kind: "announcement", text: "lunch" },
    { kind: "redacted", own: true, count: 2 },
    { kind: "moderated", action: "MUTE", nickname: "bob" },
    { kind: "room_changed", room: { title: "Lobby" } },
    { kind: "user_changed", nickname: "bob", registered: true },
  ]);
  const shown = events.filter((event) => isShown(event, true)).map(({ kind }) => kind);
  expect(shown).toEqual(["announcement", "redacted", "moderated", "roomChanged"]);
});

describe("reading history", () => {
  const log = [1, 2, 3, 4, 5].map((number) => said(number));

  test("starts with the latest, goes further back each time, and restarts after the oldest", async () => {
    const reader = new HistoryReader(keeping(log).session);
    const first = await reader.read(2, false);
    expect(texts(first)).toEqual(["history", "text 4", "text 5", "history_end"]);
    expect(first[0]).toMatchObject({ older: false, count: 2 });
    expect(first.at(-1)).toMatchObject({ atStart: false });
    const second = await reader.read(2, false);
    expect(texts(second)).toEqual(["history", "text 2", "text 3", "history_end"]);
    expect(second[0]).toMatchObject({ older: true });
    const third = await reader.read(20, false);
    expect(texts(third)).toEqual(["history", "text 1", "history_end"]);
    expect(third.at(-1)).toMatchObject({ atStart: true });
    expect(texts(await reader.read(1, false))).toEqual(["history", "text 5", "history_end"]);
  });

  test("begins with the latest once what was hidden no longer is", async () => {
    const reader = new HistoryReader(keeping(log).session);
    for (const event of read(log.slice(1, 3))) reader.seen(event);
    expect(texts(await reader.read(1, false))).toEqual(["history", "text 1", "history_end"]);
    reader.startAtLatest();
    for (const event of read(log.slice(3))) reader.seen(event);
    const latest = await reader.read(2, false);
    expect(texts(latest)).toEqual(["history", "text 4", "text 5", "history_end"]);
    expect(latest[0]).toMatchObject({ older: false });
  });

  test("begins before what the feed has shown, again after the oldest", async () => {
    const server = keeping(log);
    const reader = new HistoryReader(server.session);
    for (const event of read(log.slice(3))) reader.seen(event);
    const first = await reader.read(2, false);
    expect(texts(first)).toEqual(["history", "text 2", "text 3", "history_end"]);
    expect(first[0]).toMatchObject({ older: true });
    expect(texts(await reader.read(2, false))).toEqual(["history", "text 1", "history_end"]);
    expect(texts(await reader.read(1, false))).toEqual(["history", "text 3", "history_end"]);
    expect(server.asked.map(({ before }) => before)).toEqual(["4", "2", "4"]);
  });

  test("shows replies and edits below what they are about, as far as it is in the same part", () => {
    const kinds: NonNullable<EventInit["kind"]>[] = [
      { case: "groupMessage", value: { sender: "alice", senderId: "2", text: "who?" } },
      { case: "groupMessage", value: { sender: "ming", senderId: "1", text: "me", replyToId: "1" } },
      { case: "edited", value: { messageId: "2", sender: "ming", senderId: "1", text: "not me" } },
      { case: "groupMessage", value: { sender: "bob", senderId: "3", text: "oh", replyToId: "2" } },
      { case: "edited", value: { messageId: "0", sender: "bob", senderId: "3", text: "gone" } },
    ];
    const events = kinds.map((kind, i): EventInit => ({ id: `${i + 1}`, time: time(i), kind }));
    expect(historyLines(read(events), self)).toMatchObject([
      { kind: "message", text: "who?" },
      { kind: "quote", message: { nickname: "alice", text: "who?" } },
      { kind: "message", text: "me" },
      { kind: "quote", message: { nickname: "ming", text: "me" } },
      { kind: "edited", own: true, text: "not me" },
      { kind: "quote", message: { nickname: "ming", text: "not me" } },
      { kind: "message", text: "oh" },
      { kind: "quote", message: null },
      { kind: "edited", own: false, text: "gone" },
    ]);
  });

  test("an empty history is shown in one line", async () => {
    expect(await new HistoryReader(keeping([]).session).read(20, false)).toMatchObject([
      { kind: "history_end", atStart: true },
    ]);
  });

  test("continues while pages hold too few wanted events, up to a limit", async () => {
    const crowd = Array.from({ length: 30 }, (_, index) => came(index + 2, `p${index}`));
    const server = keeping([said(1), ...crowd]);
    expect(texts(await new HistoryReader(server.session).read(10, true))).toEqual([
      "history",
      "text 1",
      "history_end",
    ]);
    const endless = keeping(Array.from({ length: 90 }, (_, index) => came(index + 1, `p${index}`)));
    await new HistoryReader(endless.session).read(1, true);
    expect(endless.asked).toHaveLength(10);
  });

  test("a cursor of a replaced log returns the latest events", async () => {
    const { events, restarted } = await listEvents(keeping(log).page, { before: "old", count: 2 });
    expect(restarted).toBe(true);
    expect(events.map(({ cursor }) => cursor)).toEqual(["4", "5"]);
  });

  test("leaves the page size to the server, and returns the cursor for a feed", async () => {
    const server = keeping(log);
    const past = await listEvents(server.page, { count: 501 });
    expect(server.asked).toEqual([{ before: "", pageSize: 501 }]);
    expect(past).toMatchObject({ previousCursor: "1", nextCursor: "5", atStart: true });
  });
});

test("joins close together share a line; those further apart do not", () => {
  const events = [came(1, "a", 1), came(2, "b", 2), came(3, "c", 9)];
  expect(historyLines(read(events), self)).toEqual([
    { kind: "joined", at: 1000, nicknames: ["a", "b"] },
    { kind: "joined", at: 9000, nicknames: ["c"] },
  ]);
});

test("private messages are shown from the reader's point of view by id, and none of them is live", () => {
  const whispered = (senderId: string, recipientId: string): EventInit => ({
    kind: {
      case: "privateMessage",
      value: { sender: "ming", senderId, recipient: "ming", recipientId, text: "psst" },
    },
  });
  // 0: an earlier holder of the nickname.
  expect(
    historyLines(read([whispered("0", "1"), whispered("1", "0"), whispered("1", "1")]), self),
  ).toMatchObject([
    { direction: "in", live: false },
    { direction: "out", live: false },
    { direction: "self", live: false },
  ]);
});

test("undelivered messages are named where they are part of the page", () => {
  const events: EventInit[] = [
    {
      id: "5",
      kind: {
        case: "privateMessage",
        value: { sender: "ming", senderId: "1", recipient: "kim", recipientId: "7", text: "psst" },
      },
    },
    { id: "9", kind: { case: "undelivered", value: { messageIds: ["4", "5"], recipient: "kim" } } },
  ];
  expect(historyLines(read(events), self)[1]).toMatchObject({
    kind: "undelivered",
    nickname: "kim",
    count: 2,
    texts: ["psst"],
  });
});
