import assert from "node:assert/strict";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import {
  type EventKind,
  type Listener,
  type Person,
  type Refused,
  refused,
  summarize,
} from "../support/people.js";

/** The group message with this text, as soon as the feed has received it. */
export function receivedMessage(feed: Listener, text: string): Promise<Event> {
  return received(feed, "message", ({ kind }) => kind.case === "message" && kind.value.text === text);
}

/** The `joined` or `left` of this nickname, as soon as the feed has received it. */
export function receivedMove(feed: Listener, sign: "joined" | "left", nickname: string): Promise<Event> {
  return received(
    feed,
    sign,
    ({ kind }) => kind.case === sign && "user" in kind.value && kind.value.user?.nickname === nickname,
  );
}

async function received(feed: Listener, kind: EventKind, matches: (event: Event) => boolean): Promise<Event> {
  for (;;) {
    const event = feed.events.find(matches);
    if (event) return event;
    await feed.next(kind);
  }
}

/** Events of these people that the feed has received, in short. Others may be in the room, too. */
export function eventsOf(feed: Listener, ...people: Pick<Person, "nickname">[]): string[] {
  const nicknames = new Set(people.map(({ nickname }) => nickname));
  return feed.events.filter((event) => nicknames.has(subject(event))).map(summarize);
}

/** The same without the number of members, which others change. */
export function withoutCounts(events: readonly string[]): string[] {
  return events.map((line) => line.replace(/ \(\d+\)$/, ""));
}

function subject({ kind }: Event): string {
  if (kind.case === "message" || kind.case === "privateMessage") return kind.value.sender;
  if (kind.case === "joined" || kind.case === "left") return kind.value.user?.nickname ?? "";
  return "";
}

/** The call is refused with this code and reason, and for this field if one is given. */
export async function assertRefused(
  call: Promise<unknown>,
  expected: { readonly code: string; readonly reason: string; readonly field?: string },
): Promise<Refused> {
  const actual = await refused(call);
  assert.equal(actual.reason, expected.reason);
  assert.equal(actual.code, expected.code);
  if (expected.field !== undefined) assert.equal(actual.detail?.field, expected.field);
  return actual;
}
