import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ListUsersResponseSchema } from "../../../gen/parlance/v1/chat_service_pb.js";
import { type Role, UserSchema } from "../../../gen/parlance/v1/user_pb.js";
import type { Person } from "../../room/log/record.js";
import { binaryResponseOfUsers, personOf, responseOfUsers, userOf } from "./user.js";

const standing = {
  registered: fc.constant(true),
  role: fc.constantFrom("MODERATOR" as const, "OWNER" as const),
  bot: fc.constant(true),
};
const guest = fc.record({
  id: fc.string(),
  nickname: fc.string({ unit: "binary", maxLength: 200 }),
  joinTime: fc.integer({ min: 0, max: 4_294_967_296_001 }),
});
const person = fc
  .tuple(guest, fc.record(standing, { requiredKeys: [] }))
  .map(([plain, more]): Person => ({ ...plain, ...more }));
const facts = fc.record({
  nextPageToken: fc.string(),
  totalSize: fc.integer({ min: 0, max: 4_294_967_295 }),
  cursor: fc.string(),
});

test("a page of kept bytes is the page that the protobuf library writes, also the second time", () => {
  fc.assert(
    fc.property(fc.array(person), facts, (people, rest) => {
      const plain = responseOfUsers(people, rest);
      for (let i = 0; i < 2; i++) {
        const bytes = toBinary(ListUsersResponseSchema, binaryResponseOfUsers(people, rest));
        expect(bytes).toEqual(toBinary(ListUsersResponseSchema, plain));
        expect(fromBinary(ListUsersResponseSchema, bytes)).toEqual(plain);
      }
    }),
  );
});

test("a person is read back from the schema as it was", () => {
  fc.assert(
    fc.property(person, (one) => {
      expect(personOf(create(UserSchema, userOf(one)))).toEqual(one);
    }),
  );
});

test("a role of a later version gives no rights", () => {
  const user = create(UserSchema, { nickname: "ada", id: "id-of-ada", role: 9 as Role });
  expect(personOf(user)).toEqual({ nickname: "ada", id: "id-of-ada", joinTime: 0 });
});

test("a person is encoded once, whatever the pages", () => {
  let encoded = 0;
  const ada = {
    id: "id-of-ada",
    joinTime: 0,
    get nickname() {
      encoded++;
      return "ada";
    },
  };
  for (const totalSize of [1, 2, 3])
    binaryResponseOfUsers([ada], { nextPageToken: "", totalSize, cursor: `${totalSize}` });
  expect(encoded).toBe(1);
});
