import assert from "node:assert/strict";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import {
  type Listener,
  type Person,
  type Refused,
  refusalOf,
  refused,
  summarize,
} from "../support/people.js";

type Kinds = { [Kind in Exclude<Event["kind"], { case: undefined }> as Kind["case"]]: Kind["value"] };
type EventOf<K extends keyof Kinds> = Event & {
  readonly kind: { readonly case: K; readonly value: Kinds[K] };
};

/** The first event of that kind that matches, as soon as the feed has received it. */
export async function received<K extends keyof Kinds>(
  feed: Listener,
  kind: K,
  matches: (value: Kinds[K]) => boolean = () => true,
): Promise<EventOf<K>> {
  const isWanted = (event: Event): event is EventOf<K> =>
    event.kind.case === kind && matches(event.kind.value as Kinds[K]);
  for (;;) {
    const event = feed.events.find(isWanted);
    if (event) return event;
    await feed.next(kind);
  }
}

/** The group message with this text, as soon as the feed has received it. */
export function receivedMessage(feed: Listener, text: string): Promise<EventOf<"groupMessage">> {
  return received(feed, "groupMessage", (message) => message.text === text);
}

/** The private message with this text, as soon as the feed has received it. */
export function receivedPrivate(feed: Listener, text: string): Promise<EventOf<"privateMessage">> {
  return received(feed, "privateMessage", (message) => message.text === text);
}

/** The `joined` or `left` of this nickname, as soon as the feed has received it. */
export function receivedMove<K extends "joined" | "left">(
  feed: Listener,
  kind: K,
  nickname: string,
): Promise<EventOf<K>> {
  return received(feed, kind, ({ user }) => user?.nickname === nickname);
}

/** Events of these people that the feed has received, in short. Others may be in the room, too. */
export function eventsOf(feed: Listener, ...people: Pick<Person, "nickname">[]): string[] {
  const nicknames = new Set(people.map(({ nickname }) => nickname));
  return feed.events.filter((event) => nicknames.has(subject(event))).map(summarize);
}

function subject({ kind }: Event): string {
  if (kind.case === "groupMessage" || kind.case === "privateMessage") return kind.value.sender;
  if (kind.case === "joined" || kind.case === "left") return kind.value.user?.nickname ?? "";
  return "";
}

/** How a feed ended: its last item is a goodbye, and then comes an error. */
export async function endOf(feed: Listener) {
  const error = await feed.ended;
  assert.ok(error, "the feed ended with success");
  const last = feed.items.at(-1);
  assert.ok(last?.kind.case === "goodbye", `the last item is ${last?.kind.case}`);
  const { code, reason, detail, message } = refusalOf(error);
  return { error: { code, reason }, detail, message, goodbye: last.kind.value };
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
