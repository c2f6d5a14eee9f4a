import assert from "node:assert/strict";
import { GapReason } from "../../../gen/parlance/v1/event_pb.js";
import { Feature } from "../../../gen/parlance/v1/limits_pb.js";
import { type Person, summarize } from "../../support/people.js";
import { assertRefused } from "../assertions.js";
import { NotApplicable, testCase } from "../case.js";
import { foreignCursor, onServer } from "../servers.js";
import type { Target } from "../target.js";

function requireSearch({ limits }: Target): void {
  if (!limits.features.includes(Feature.SEARCH))
    throw new NotApplicable("the server does not announce FEATURE_SEARCH");
}

type Query = { readonly before?: string; readonly after?: string; readonly pageSize?: number };

const search = (by: Person, text: string, query: Query = {}) =>
  by.chat.searchEvents({ text, pageSize: 500, ...query }, by.options);

const found = async (by: Person, text: string, query?: Query) =>
  (await search(by, text, query)).events.map(summarize);

/** A text that no other case sends. */
const word = ({ prefix }: Target, name: string) => `${prefix}${name}`;

export const searchingCases = [
  testCase(
    "LIM-23 SE-1 SE-5 SE-12",
    "SearchEvents returns the messages of a feed that contain the text, and no others",
    async (target) => {
      requireSearch(target);
      const [ada, bob, eve] = [await target.join(), await target.join(), await target.join()];
      const key = word(target, "key");
      await ada.say(`first ${key}`);
      await ada.say("something else");
      await ada.sendTo(bob.nickname, `${key} between them`);
      await eve.chat.toggleIgnore({ ignoring: true }, eve.options);
      await ada.say(`ignored ${key}`);
      await eve.chat.toggleIgnore({ ignoring: false }, eve.options);
      await ada.say(`last ${key}`);
      const said = (text: string) => `${ada.nickname}: ${text}`;
      assert.deepEqual(await found(bob, key), [
        said(`first ${key}`),
        `${ada.nickname} -> ${bob.nickname}: ${key} between them`,
        said(`ignored ${key}`),
        said(`last ${key}`),
      ]);
      assert.deepEqual(await found(eve, key), [said(`first ${key}`), said(`last ${key}`)]);
    },
  ),
  testCase(
    "SE-2 SE-7",
    "SearchEvents compares without regard to case, width and white space, and finds two Chinese characters",
    async (target) => {
      requireSearch(target);
      const ada = await target.join();
      const key = word(target, "天气");
      const text = `${key} is Ｗｅｉｒｄ\n\tＴＯＤＡＹ`;
      await ada.say(text);
      for (const needle of [`${target.prefix}天`, `${key} is weird today`, ` ${key.toUpperCase()} `])
        assert.deepEqual(await found(ada, needle), [`${ada.nickname}: ${text}`], needle);
      const { cursor } = await ada.say("天气");
      assert.equal((await search(ada, "天气", { pageSize: 1 })).events[0]?.cursor, cursor);
    },
  ),
  testCase("SE-3", "SearchEvents does not find what was erased", async (target) => {
    requireSearch(target);
    if (!target.limits.features.includes(Feature.REDACTION))
      throw new NotApplicable("the server does not announce FEATURE_REDACTION");
    const ada = await target.join();
    const key = word(target, "erased");
    const { id } = await ada.say(`one ${key}`);
    await ada.say(`two ${key}`);
    assert.equal((await found(ada, key)).length, 2);
    await ada.chat.redact({ ids: [id] }, ada.options);
    assert.deepEqual(await found(ada, key), [`${ada.nickname}: two ${key}`]);
  }),
  testCase("SE-8 SE-10 SE-11 SE-14 SE-15", "SearchEvents pages in both directions", async (target) => {
    requireSearch(target);
    const ada = await target.join();
    const key = word(target, "page");
    const cursors: string[] = [];
    for (let i = 0; i < 5; i++) {
      cursors.push((await ada.say(`${i} ${key}`)).cursor);
      await ada.sendTo(ada.nickname, "between");
    }
    const read = async (query: Query) => {
      const page = await search(ada, key, { pageSize: 2, ...query });
      return { ...page, cursors: page.events.map(({ cursor }) => cursor) };
    };
    const newest = await read({});
    const older = await read({ before: newest.previousCursor });
    assert.deepEqual([newest.cursors, older.cursors], [cursors.slice(3), cursors.slice(1, 3)]);
    const before = await read({ before: cursors[1]! });
    assert.deepEqual(before.cursors, cursors.slice(0, 1));
    const on = await read({ after: cursors[0]! });
    const further = await read({ after: on.nextCursor });
    assert.deepEqual([on.cursors, further.cursors], [cursors.slice(1, 3), cursors.slice(3)]);
    const many = Array.from({ length: 55 }, () => ada.sendTo(ada.nickname, `${key} many`));
    await Promise.all(many);
    assert.ok((await search(ada, "many", { pageSize: 0 })).events.length <= 50);
  }),
  testCase(
    "SE-4 SE-6 SE-9",
    "SearchEvents refuses an empty text, a long one, and two directions",
    async (target) => {
      requireSearch(target);
      const ada = await target.join();
      const { cursor } = await ada.say("here");
      const invalid = { code: "InvalidArgument", reason: "REQUEST_INVALID" };
      for (const text of ["", " \n\t", "x".repeat(257)])
        await assertRefused(search(ada, text), { ...invalid, field: "text" });
      await search(ada, "x".repeat(256));
      await assertRefused(search(ada, "x", { before: cursor, after: cursor }), invalid);
      const foreign = { code: "InvalidArgument", reason: "CURSOR_INVALID", field: "before" };
      await assertRefused(search(ada, "x", { before: "x" }), foreign);
    },
  ),
  testCase("SE-16", "at_start is set once all that is retained was searched", (target) =>
    onServer(target, "a room with few events", [], async (small) => {
      requireSearch(small);
      const ada = await small.join();
      for (const text of ["one", "two"]) await ada.say(`${text} here`);
      const [all, part] = [await search(ada, "here"), await search(ada, "here", { pageSize: 1 })];
      assert.deepEqual([all.atStart, part.atStart], [true, false]);
    }),
  ),
  testCase("SE-17", "SearchEvents states why a position is no longer available", async (target) => {
    requireSearch(target);
    const cursor = await foreignCursor(target);
    const ada = await target.login();
    const lost = await search(ada, "x", { after: cursor });
    const on = await search(ada, "x", { after: lost.nextCursor });
    assert.deepEqual([lost.gap, on.gap], [GapReason.STORE_REPLACED, GapReason.UNSPECIFIED]);
  }),
];
