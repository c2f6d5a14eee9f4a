import { expect, test } from "vitest";
import { guest } from "../../session/test-room.js";
import { initialState, type State, withoutPerson, withPeople, withPerson } from "../state.js";
import { type Address, addressedAnew, addressOf } from "./address.js";

const alice = guest("alice", "1");
const stranger = guest("Alice", "2");
const bob = guest("bob", "3");
const room: State = { ...withPeople(initialState("http://test"), [alice, bob], 2), partner: bob };
const replacedBy = (person: typeof alice) => withPerson(withoutPerson(room, alice), person);

/** The address after these inputs, one typed after the other, each with its own state. */
const typed = (...steps: readonly (readonly [string, State])[]): Address | null =>
  steps.reduce<Address | null>((before, [input, state]) => addressOf(input, state, before), null);

test("a name means its holder at the time when it is typed", () => {
  expect(typed(["@ali", room], ["@alice", room], ["@alice psst", replacedBy(stranger)])).toEqual({
    key: "alice",
    person: alice,
    absent: false,
    finished: true,
  });
});

test("a name that no member has is known to be absent only if all members are known", () => {
  const kim = guest("kim", "5");
  const joined = withPerson(room, kim);
  expect(typed(["@kim psst", room], ["@kim psst!", joined])).toMatchObject({
    person: { id: "" },
    absent: true,
  });
  expect(typed(["@kim psst", withPeople(room, [alice], 3)])).toMatchObject({ absent: false });
  expect(addressedAnew("@kim psst", joined, { nickname: "kim", id: "" })).toMatchObject({
    person: kim,
    absent: false,
  });
});

test("a name that is typed anew means its holder then", () => {
  const later = replacedBy(stranger);
  expect(typed(["@alice psst", room], ["@alic", later], ["@alice psst", later])?.person).toEqual(stranger);
  expect(typed(["@alice psst", room], ["", later], ["@alice psst", later])?.person).toEqual(stranger);
});

test("case and width do not matter, and an unknown name is kept as typed", () => {
  expect(typed(["＠ＡＬＩＣＥ　hi", room])?.person).toEqual(alice);
  expect(typed(["@kim hi", room])).toMatchObject({
    key: "kim",
    person: { nickname: "kim", id: "" },
    finished: true,
  });
});

test("/reply keeps its person when another one writes meanwhile", () => {
  const later = { ...room, partner: alice };
  expect(typed(["/reply", room], ["/reply my secret", later])?.person).toEqual(bob);
  const before = { ...room, partner: null };
  expect(typed(["/reply ", before], ["/reply my secret", later])).toMatchObject({ key: null, person: null });
});

test("text for everyone has no address", () => {
  expect(typed(["@alice hi", room], ["hi @alice", room])).toBeNull();
});

test("after a refusal the address means the present holder, even if the list does not show it yet", () => {
  expect(addressedAnew("@alice hi", replacedBy(stranger), alice)?.person).toEqual(stranger);
  expect(addressedAnew("@alice hi", room, alice)?.person).toEqual({ nickname: "alice", id: "" });
  expect(addressedAnew("@alice hi", withoutPerson(room, alice), alice)).toMatchObject({
    person: { nickname: "alice", id: "" },
    absent: false,
  });
  expect(addressedAnew("/reply hi", room, null)?.person).toEqual(bob);
});
