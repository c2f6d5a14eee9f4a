import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { EventSchema } from "../../../gen/parlance/v1/event_pb.js";
import { UserSchema } from "../../../gen/parlance/v1/user_pb.js";
import type { RoomRecord } from "../../room/log/record.js";

const NOTHING = new Uint8Array();

/**
 * The payload of a record of version 1, as the schema is now. It was an Event with its kind alone, too; but the kinds had
 * other numbers, messages lacked the ids of members, which the record's header has, and joined and left had a count.
 */
export function upgradePayload(record: Pick<RoomRecord, "kind" | "ids" | "payload">): Uint8Array {
  const [value = NOTHING] = fieldsOf(record.payload).values();
  return toBinary(EventSchema, create(EventSchema, { kind: kindOf(record, fieldsOf(value)) }));
}

function kindOf(
  { kind, ids: [first = "", second = ""] }: Pick<RoomRecord, "kind" | "ids">,
  fields: ReadonlyMap<number, Uint8Array>,
): NonNullable<MessageInitShape<typeof EventSchema>["kind"]> {
  const text = (field: number) => new TextDecoder().decode(fields.get(field));
  switch (kind) {
    case "joined":
    case "left": {
      // It had a field that is no more.
      const user = fromBinary(UserSchema, fields.get(1) ?? NOTHING, { readUnknownFields: false });
      return { case: kind, value: { user } };
    }
    case "group_message":
      return { case: "groupMessage", value: { sender: text(1), senderId: first, text: text(2) } };
    case "private_message":
      return {
        case: "privateMessage",
        value: {
          sender: text(1),
          senderId: first,
          recipient: text(2),
          recipientId: second,
          text: text(3),
        },
      };
    case "ignore_on":
    case "ignore_off":
      return { case: "ignoreChanged", value: { ignoring: kind === "ignore_on" } };
    case "undelivered":
    case "void":
    case "unknown":
      throw new Error("version 1 has no such record");
  }
}

/** The length-delimited fields of a message, by number. */
function fieldsOf(message: Uint8Array): Map<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>();
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.LengthDelimited) fields.set(number, reader.bytes());
    else reader.skip(type, number);
  }
  return fields;
}
