import assert from "node:assert/strict";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import {
  type EventKind,
  inShort,
  type Listener,
  type Person,
  type Refused,
  refused,
} from "../support/people.js";

/** The group message with this text: heard already, or waited for. */
export function heardSaying(listener: Listener, text: string): Promise<Event> {
  return heard(listener, "message", ({ kind }) => kind.case === "message" && kind.value.text === text);
}

/** The event that tells of this person coming, or going: heard already, or waited for. */
export function heardMoving(listener: Listener, sign: "joined" | "left", nickname: string): Promise<Event> {
  return heard(
    listener,
    sign,
    ({ kind }) => kind.case === sign && "user" in kind.value && kind.value.user?.nickname === nickname,
  );
}

async function heard(
  listener: Listener,
  kind: EventKind,
  matches: (event: Event) => boolean,
): Promise<Event> {
  for (;;) {
    const event = listener.heard.find(matches);
    if (event) return event;
    await listener.next(kind);
  }
}

/** What the feed told of these people so far, in short; of a room that others may be in, too. */
export function heardOf(listener: Listener, ...people: Pick<Person, "nickname">[]): string[] {
  const names = new Set(people.map(({ nickname }) => nickname));
  return listener.heard.filter((event) => names.has(subject(event))).map(inShort);
}

/** What one feed told of these people, without the counts of who is online, which others change. */
export function withoutCounts(told: readonly string[]): string[] {
  return told.map((line) => line.replace(/ \(\d+\)$/, ""));
}

function subject({ kind }: Event): string {
  if (kind.case === "message" || kind.case === "privateMessage") return kind.value.sender;
  if (kind.case === "joined" || kind.case === "left") return kind.value.user?.nickname ?? "";
  return "";
}

/** The call is refused with that reason, and its code, about that field. */
export async function isRefused(
  call: Promise<unknown>,
  expected: { readonly code: string; readonly reason: string; readonly field?: string },
): Promise<Refused> {
  const answer = await refused(call);
  assert.equal(answer.reason, expected.reason);
  assert.equal(answer.code, expected.code);
  if (expected.field !== undefined) assert.equal(answer.detail?.field, expected.field);
  return answer;
}
