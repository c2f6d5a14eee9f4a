import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { EventSchema } from "../../../gen/parlance/v1/event_pb.js";
import { en } from "../../i18n/en.js";
import { eventOf } from "../../session/event.js";
import { connect } from "../../session/session.js";
import { createFakeRoom, guest } from "../../session/test-room.js";
import { Chat } from "../chat.js";
import type { Line } from "../line.js";
import type { Ignored } from "../state.js";

async function enter(stored: readonly Ignored[] = []) {
  const room = createFakeRoom();
  const session = await connect({ nickname: "ming", transport: room.transport, waitOutRate: false });
  const lines: Line[] = [];
  const saved: (readonly Ignored[])[] = [];
  const chat = new Chat({
    session,
    server: "http://test",
    words: en,
    start: {},
    awaySinceMs: null,
    onStep: (shown) => lines.push(...shown),
    onQuit: () => {},
    ignored: { load: () => stored, save: (ignored) => void saved.push(ignored) },
  });
  const members = [
    guest("ming", session.self.id),
    { ...guest("bob", "b"), registered: true },
    guest("eve", "e"),
  ];
  chat.dispatch({ kind: "people", people: members, total: 3 });
  const hears = (sender: string, senderId: string) => {
    const kind = { case: "groupMessage", value: { sender, senderId, text: "hi" } } as const;
    const event = eventOf(create(EventSchema, { id: "x", cursor: "x", time: timestampFromMs(0), kind }));
    if (event) chat.dispatch({ kind: "feed", item: { kind: "event", event }, online: 3, nowMs: 0 });
  };
  return { chat, lines, saved, hears };
}

test("a person is ignored by name, kept, listed, and shown again", async () => {
  const { chat, lines, saved, hears } = await enter();
  expect(await chat.submit("/ignore @BOB")).toBeNull();
  expect(lines.at(-1)).toMatchObject({ kind: "person_ignored", nickname: "bob", registered: true });
  expect(await chat.submit("/ignore eve")).toBeNull();
  expect(lines.at(-1)).toMatchObject({ kind: "person_ignored", nickname: "eve", registered: false });
  expect(saved.at(-1)).toEqual([
    { nickname: "bob", id: "b", registered: true },
    { nickname: "eve", id: "e", registered: false },
  ]);
  await chat.submit("/ignore");
  expect(lines.at(-1)).toMatchObject({ kind: "ignored_people", nicknames: ["bob", "eve"] });
  const before = lines.length;
  hears("bob", "b");
  expect(lines).toHaveLength(before);
  expect(await chat.submit("/unignore Bob")).toBeNull();
  expect(saved.at(-1)).toEqual([{ nickname: "eve", id: "e", registered: false }]);
  hears("bob", "b");
  expect(lines.at(-1)).toMatchObject({ kind: "message", sender: "bob" });
});

test("whom an earlier run ignored is ignored from the start", async () => {
  const { lines, hears } = await enter([{ nickname: "eve", id: "e", registered: false }]);
  hears("eve", "e");
  expect(lines).toEqual([]);
});

test("someone who has left is found by what was said last; no one else, and not oneself", async () => {
  const { chat, lines, saved, hears } = await enter();
  hears("carl", "c");
  chat.dispatch({ kind: "people", people: [], total: 0 });
  expect(await chat.submit("/ignore carl")).toBeNull();
  expect(lines.at(-1)).toMatchObject({ kind: "person_ignored", nickname: "carl" });
  expect(saved.at(-1)).toEqual([{ nickname: "carl", id: "c", registered: false }]);
  hears("ming", chat.state.self?.id ?? "");
  expect(await chat.submit("/ignore ming")).toEqual({ what: "ignores_self" });
  expect(await chat.submit("/ignore dora")).toEqual({ what: "no_such_person", nickname: "dora" });
  expect(await chat.submit("/unignore dora")).toEqual({ what: "not_ignored", nickname: "dora" });
  expect(saved).toHaveLength(1);
});
