import { create, toBinary } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { type ListUsersResponse, ListUsersResponseSchema } from "../../../gen/parlance/v1/chat_service_pb.js";
import { Role, type User } from "../../../gen/parlance/v1/user_pb.js";
import type { Person } from "../../room/log/record.js";

/** A person as a user of the schema. */
export function userOf({ id, nickname, joinTime, registered = false, role, bot = false }: Person) {
  return {
    id,
    nickname,
    joinTime: timestampFromMs(joinTime),
    registered,
    role: Role[role ?? "UNSPECIFIED"],
    bot,
  };
}

/** The reverse. A role of a later version gives no rights here. */
export function personOf({ id, nickname, joinTime, registered, role, bot }: User): Person {
  const name = roleNames[role];
  return {
    id,
    nickname,
    joinTime: joinTime ? timestampMs(joinTime) : 0,
    ...(registered && { registered }),
    ...(name && { role: name }),
    ...(bot && { bot }),
  };
}

const roleNames: Readonly<Partial<Record<Role, Person["role"]>>> = {
  [Role.MODERATOR]: "MODERATOR",
  [Role.OWNER]: "OWNER",
};

/** What ListUsers returns beside the users. */
export type PageFacts = Pick<ListUsersResponse, "nextPageToken" | "totalSize" | "cursor">;

export function responseOfUsers(people: readonly Person[], facts: PageFacts): ListUsersResponse {
  return create(ListUsersResponseSchema, { ...facts, users: people.map(userOf) });
}

const USERS = ListUsersResponseSchema.field.users.number;
/** The field `users` with one person, in protobuf; a person that changes is another object. */
const fields = new WeakMap<Person, Uint8Array>();

/**
 * The same for a response in protobuf, and for nothing else: it serializes to the bytes of responseOfUsers, but its own
 * fields are empty. Fields of a protobuf message concatenate, so a page is a copy of what is kept for each person. Built
 * and written anew by the library, the pages of a large room would stop the event loop while a crowd that came back asks
 * who is there. The library writes the value of an unknown field as it is, which carries the bytes through Connect.
 */
export function binaryResponseOfUsers(people: readonly Person[], facts: PageFacts): ListUsersResponse {
  if (people.length === 0) return responseOfUsers(people, facts);
  const rest = toBinary(ListUsersResponseSchema, create(ListUsersResponseSchema, facts));
  const bytes = Buffer.concat([...people.map(fieldOf), rest]);
  const response = create(ListUsersResponseSchema);
  // The library writes the first tag itself, in one byte as every tag of a field up to 15.
  response.$unknown = [{ no: USERS, wireType: WireType.LengthDelimited, data: bytes.subarray(1) }];
  return response;
}

function fieldOf(person: Person): Uint8Array {
  let field = fields.get(person);
  if (!field) {
    field = toBinary(ListUsersResponseSchema, create(ListUsersResponseSchema, { users: [userOf(person)] }));
    fields.set(person, field);
  }
  return field;
}
