import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { EventSchema, ModerationAction } from "../../../gen/parlance/v1/event_pb.js";
import { Entry } from "../../../gen/parlance/v1/room_pb.js";
import { Role } from "../../../gen/parlance/v1/user_pb.js";
import { eventOf } from "../../session/event.js";
import { jsonLines } from "./json.js";

type Kind = NonNullable<MessageInitShape<typeof EventSchema>["kind"]>;

/** What `--json` prints for an event, without its id, cursor and time. */
function printed(kind: Kind): unknown {
  const event = eventOf(create(EventSchema, { id: "i", cursor: "c", time: timestampFromMs(0), kind }));
  if (!event) throw new Error("the event is not known to the session");
  const [line = "", ...more] = jsonLines({ kind: "event", event });
  expect(more).toEqual([]);
  const { id, cursor, time, ...rest } = JSON.parse(line).event;
  expect({ id, cursor, time }).toEqual({ id: "i", cursor: "c", time: "1970-01-01T00:00:00Z" });
  return rest;
}

test.each<[Kind, object]>([
  [{ case: "announcement", value: { text: "lunch" } }, { announcement: { text: "lunch" } }],
  [
    { case: "redacted", value: { ids: ["a"], sender: "bob", senderId: "xJ3", reason: "spam" } },
    { redacted: { ids: ["a"], sender: "bob", senderId: "xJ3", reason: "spam" } },
  ],
  [
    { case: "moderated", value: { action: ModerationAction.BAN, moderator: "mia", reference: "kestra" } },
    { moderated: { action: "MODERATION_ACTION_BAN", moderator: "mia", reference: "kestra" } },
  ],
  [
    { case: "roomChanged", value: { room: { title: "Lobby", entry: Entry.INVITE } } },
    { roomChanged: { room: { title: "Lobby", entry: "ENTRY_INVITE" } } },
  ],
  [
    { case: "userChanged", value: { user: { nickname: "bob", id: "xJ3", role: Role.OWNER } } },
    { userChanged: { user: { nickname: "bob", id: "xJ3", role: "ROLE_OWNER" } } },
  ],
  [
    { case: "left", value: { user: { nickname: "bob", id: "xJ3" }, removed: true } },
    { left: { user: { nickname: "bob", id: "xJ3" }, removed: true } },
  ],
])("--json prints an event of moderation as the schema has it: %o", (kind, json) => {
  expect(printed(kind)).toEqual(json);
});
