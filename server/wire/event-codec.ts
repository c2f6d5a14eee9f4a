import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type SubscribeResponse, SubscribeResponseSchema } from "../../gen/parlance/v1/chat_service_pb.js";
import { type Event, EventSchema, GapReason, GoodbyeReason } from "../../gen/parlance/v1/event_pb.js";
import type { Note } from "../feed/control-events.js";
import type { FeedEntry } from "../feed/entry.js";
import { writeCursor } from "../room/log/cursor.js";
import type { EncodeEvent, Person, RoomEvent } from "../room/log/event.js";
import type { Position } from "../room/ports.js";

type Kind = NonNullable<MessageInitShape<typeof EventSchema>["kind"]>;

/**
 * What the log keeps of an event: the bytes of a parlance.v1.Event with its kind alone. Fields of a protobuf message
 * concatenate, so cursor and time go in front of them without a decoding.
 */
export const encodeEvent: EncodeEvent = (event) =>
  toBinary(EventSchema, create(EventSchema, { kind: kindOfEvent(event) }));

/** What a reader gets for an entry of the log. */
export function responseOfEntry(entry: FeedEntry): SubscribeResponse {
  return create(SubscribeResponseSchema, { event: eventOfEntry(entry) });
}

/** An entry of the log as the schema has it. */
export function eventOfEntry({ payload, epoch, seq, atMs }: FeedEntry): Event {
  const event = fromBinary(EventSchema, payload);
  event.cursor = writeCursor({ epoch, seq });
  event.time = timestampFromMs(atMs);
  return event;
}

/** What a reader gets for a note. `position`: where it leaves the reader; none on goodbye. */
export function responseOfNote(note: Note, position: Position | undefined, atMs: number): SubscribeResponse {
  return create(SubscribeResponseSchema, {
    event: {
      cursor: position ? writeCursor(position) : "",
      time: timestampFromMs(atMs),
      kind: kindOfNote(note),
    },
  });
}

function kindOfEvent(event: RoomEvent): Kind {
  switch (event.kind) {
    case "joined":
    case "left":
      return { case: event.kind, value: { user: userOf(event.user), online: event.online } };
    case "message":
      return { case: "message", value: { sender: event.sender.nickname, text: event.text } };
    case "private_message": {
      const { sender, recipient, text } = event;
      return {
        case: "privateMessage",
        value: { sender: sender.nickname, recipient: recipient.nickname, text },
      };
    }
    case "ignore_changed":
      return { case: "ignoreChanged", value: { ignoring: event.ignoring } };
  }
}

function kindOfNote(note: Note): Kind {
  switch (note.kind) {
    case "hello": {
      const { online, ignoring, resumed, heartbeatMs } = note;
      return {
        case: "hello",
        value: { online, ignoring, resumed, heartbeatInterval: durationFromMs(heartbeatMs) },
      };
    }
    case "caught_up":
      return { case: "caughtUp", value: { replayed: note.replayed } };
    case "heartbeat":
      return { case: "heartbeat", value: {} };
    case "gap":
      return { case: "gap", value: { reason: GapReason[note.reason] } };
    case "goodbye": {
      const { reason, reconnect, retryAfterMs } = note;
      const retryAfter = retryAfterMs === undefined ? {} : { retryAfter: durationFromMs(retryAfterMs) };
      return { case: "goodbye", value: { reason: GoodbyeReason[reason], reconnect, ...retryAfter } };
    }
  }
}

/** A person as the schema has it. */
export function userOf({ id, nickname, joinTime, ignoring }: Person) {
  return { id, nickname, ignoring, joinTime: timestampFromMs(joinTime) };
}
