import { expect, test } from "vitest";
import { systemIds } from "../../../system.js";
import { describeNickname } from "../../rules/nickname/nickname.js";
import { type Ban, Bans } from "./bans.js";
import { newestFirst } from "./newest-first.js";
import { newSpokenId, readSpokenId } from "./spoken-id.js";

const now = 1_000_000;

function ban(over: Partial<Ban>): Ban {
  return {
    id: "bakedo",
    nickname: "",
    userId: "",
    network: "",
    reason: "flood",
    moderator: "ada",
    time: now,
    ...over,
  };
}

function bansOf(...some: Partial<Ban>[]): Bans {
  const bans = new Bans();
  for (const one of some) bans.set(ban(one));
  return bans;
}

const person = (nickname: string, id = "") => ({ name: describeNickname(nickname), id });

test("a nickname is banned in any case and width, with its look-alikes, and no other", () => {
  const bans = bansOf({ nickname: "Mallory" });
  for (const banned of ["mallory", "MALLORY", "ｍallory", "mаllоry"])
    expect(bans.ofPerson(person(banned), now)?.id, banned).toBe("bakedo");
  for (const free of ["malory", "mallory2", "ada"]) expect(bans.ofPerson(person(free), now)).toBeUndefined();
});

test("a person is banned under every nickname", () => {
  const bans = bansOf({ nickname: "mallory", userId: "m1" });
  expect(bans.ofPerson(person("someone", "m1"), now)?.id).toBe("bakedo");
  expect(bans.ofPerson(person("someone", "m2"), now)).toBeUndefined();
});

test("an address is banned by each network that holds it", () => {
  const bans = bansOf(
    { network: "203.0.113.0/24" },
    { id: "fumasi", network: "2001:db8:1::/48" },
    { id: "gavoze", network: "198.51.100.7/32" },
  );
  expect(bans.ofAddress("203.0.113.99", now)?.id).toBe("bakedo");
  expect(bans.ofAddress("::ffff:203.0.113.99", now)?.id).toBe("bakedo");
  expect(bans.ofAddress("2001:db8:1:ffff::1", now)?.id).toBe("fumasi");
  expect(bans.ofAddress("198.51.100.7", now)?.id).toBe("gavoze");
  for (const free of ["203.0.114.1", "2001:db8:2::1", "198.51.100.8", "", "unknown"])
    expect(bans.ofAddress(free, now)).toBeUndefined();
});

test("a ban that is over keeps no one out, and the longest of several counts", () => {
  const bans = bansOf(
    { nickname: "mallory", until: now + 100 },
    { id: "fumasi", nickname: "mallоry", until: now + 200 },
  );
  expect(bans.ofPerson(person("mallory"), now)?.id).toBe("fumasi");
  expect(bans.ofPerson(person("mallory"), now + 150)?.id).toBe("fumasi");
  expect(bans.ofPerson(person("mallory"), now + 200)).toBeUndefined();
  expect(bans.inForce(now + 100).map(({ id }) => id)).toEqual(["fumasi"]);
  bans.set(ban({ id: "gavoze", nickname: "mallory" }));
  expect(bans.ofPerson(person("mallory"), now)?.id).toBe("gavoze");
  bans.sweep(now + 1000);
  expect(bans.size).toBe(1);
});

test("a ban that is lifted or replaced applies to nothing of what it did", () => {
  const bans = bansOf({ nickname: "mallory", userId: "m1", network: "203.0.113.7/32" });
  bans.set(ban({ nickname: "oscar" }));
  expect(bans.ofPerson(person("mallory", "m1"), now)).toBeUndefined();
  expect(bans.ofAddress("203.0.113.7", now)).toBeUndefined();
  expect(bans.ofPerson(person("oscar"), now)?.id).toBe("bakedo");
  bans.delete("bakedo");
  bans.delete("bakedo");
  expect(bans.ofPerson(person("oscar"), now)).toBeUndefined();
});

test("the ban of the same target is found, and not that of another which it also applies to", () => {
  const bans = bansOf(
    { nickname: "Mallory", network: "203.0.113.7/32" },
    { id: "fumasi", network: "198.51.100.7/32" },
    { id: "gavoze", nickname: "oscar", userId: "o1" },
  );
  const target = (over: Partial<Ban>) => bans.ofTarget(ban(over), now)?.id;
  expect(target({ nickname: "mallory" })).toBe("bakedo");
  expect(target({ nickname: "mаllory" })).toBeUndefined();
  expect(target({ network: "203.0.113.7/32" })).toBeUndefined();
  expect(target({ network: "198.51.100.7/32" })).toBe("fumasi");
  expect(target({ nickname: "oscar2", userId: "o1" })).toBe("gavoze");
});

test("an id is 6 letters that alternate, and no other's", () => {
  const taken = new Set<string>();
  for (let i = 0; i < 1000; i++) {
    const id = newSpokenId(systemIds, (one) => taken.has(one));
    expect(id).toMatch(/^([bdfgkmnprstvz][aeou]){3}$/);
    taken.add(id);
  }
  expect(taken.size).toBe(1000);
  expect(readSpokenId("BaKeDo")).toBe("bakedo");
  for (const wrong of ["", "baked", "bakedos", "bake d", "123456"])
    expect(readSpokenId(wrong)).toBeUndefined();
});

test("pages go from the newest to the oldest, and what is new shifts none", () => {
  const letters = ["a", "b", "c", "d", "e"];
  const bans = letters.map((letter, i) => ban({ id: letter.repeat(6), time: i < 2 ? now : now + i }));
  const first = newestFirst(bans, { pageSize: 2, pageToken: "" });
  expect(first.items.map(({ id }) => id)).toEqual(["eeeeee", "dddddd"]);
  bans.push(ban({ id: "ffffff", time: now + 100 }));
  const second = newestFirst(bans, { pageSize: 2, pageToken: first.nextPageToken });
  expect(second.items.map(({ id }) => id)).toEqual(["cccccc", "aaaaaa"]);
  const third = newestFirst(bans, { pageSize: 2, pageToken: second.nextPageToken });
  expect(third).toEqual({ items: [bans[1]], nextPageToken: "" });
  expect(() => newestFirst(bans, { pageSize: 0, pageToken: "x" })).toThrow("REQUEST_INVALID");
});
