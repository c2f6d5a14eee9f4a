import { describe, expect, test } from "vitest";
import { describeNickname } from "../rules/nickname/nickname.js";
import { Member } from "./member.js";
import { Roster } from "./roster.js";

const member = (nickname: string) =>
  new Member({
    id: `${nickname}-id`,
    name: describeNickname(nickname),
    joinTime: 0,
    rateLimit: { perSecond: 0, burst: 1 },
    onWritten: () => undefined,
  });

function rosterOf(...names: string[]): Roster {
  const roster = new Roster();
  for (const name of names) {
    const one = member(name);
    roster.reserve(one);
    roster.announce(one);
  }
  return roster;
}

const shown = (members: Member[]) => members.map(({ name }) => name.shown);

describe("the roster", () => {
  test("a silent member has the name, and is not listed yet", () => {
    const roster = new Roster();
    const ada = member("Ada");
    roster.reserve(ada);
    expect(roster.isTaken("ada", ada.name.skeleton)).toBe(true);
    expect([roster.size, roster.findPresent("ada")]).toEqual([0, undefined]);
    roster.announce(ada);
    expect([roster.size, roster.findPresent("ada")]).toEqual([1, ada]);
    roster.remove(ada);
    expect([roster.size, roster.isTaken("ada", ada.name.skeleton)]).toEqual([0, false]);
  });

  test("pages continue after a name, also when members joined and left meanwhile", () => {
    const roster = rosterOf("bob", "ada", "eve", "dan");
    const first = roster.page("", "", 2);
    expect([shown(first.members), first.more, first.total]).toEqual([["ada", "bob"], true, 4]);
    roster.remove(roster.findPresent("bob")!);
    const second = roster.page("", "bob", 2);
    expect([shown(second.members), second.more, second.total]).toEqual([["dan", "eve"], false, 3]);
  });

  test("a member is the same person on every page, as what is encoded of it is kept by that", () => {
    const roster = rosterOf("ada");
    const [first, second] = [1, 2].map((limit) => roster.page("", "", limit).members[0]!.person);
    expect(first).toEqual({ id: "ada-id", nickname: "ada", joinTime: 0 });
    expect(second).toBe(first);
  });

  test("a prefix bounds the page and the count", () => {
    const roster = rosterOf("al", "alan", "alice", "bob");
    const page = roster.page("ali", "", 10);
    expect([shown(page.members), page.more, page.total]).toEqual([["alice"], false, 1]);
    expect(roster.page("x", "", 10)).toMatchObject({ members: [], total: 0, more: false });
  });
});
