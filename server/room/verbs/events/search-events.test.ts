import { describe, expect, test } from "vitest";
import { decodeDetails } from "../../../wire/codec/event.js";
import { writeCursor } from "../../log/cursor.js";
import { readRecord } from "../../log/record.js";
import { LOG_PAGE } from "../../ports.js";
import type { EventPage } from "./pages.js";
import { mallory, openGatedRoom } from "./test-gated-room.js";

const texts = ({ entries }: EventPage) => entries.map(({ data }) => decodeDetails(readRecord(data)).text);
const ada = (id: string) => ({ id, nickname: "ada" });
const eve = { id: "eve-id", nickname: "eve" };

describe("SearchEvents", () => {
  test.each([
    ["天气", "今天天气很好", "两个字的词"],
    ["天气很好", "今天天气很好", "a longer one"],
    ["build FAILED", "The Build Failed again", "case"],
    ["ｂｕｉｌｄ", "The Build Failed again", "width of what is searched for"],
    ["12", "room １２", "width of the text"],
    ["café", "the cafe\u0301 is open", "composition"],
    ["a b", "a\n  b", "white space"],
    [" a b ", "a b", "white space at the ends"],
    ["ΟΔΟΣ", "η οδός, οδος μου", "the sigma at the end of a word"],
    ["ild", "build", "a part of a word"],
  ])("finds %j in %j: %s", async (needle, text) => {
    const { appendText, search } = await openGatedRoom();
    for (const one of ["before", text, "after"]) await appendText(one);
    expect(texts(await search(needle))).toEqual([text]);
  });

  test("does not find a text across two messages, and finds one message once", async () => {
    const { appendText, search } = await openGatedRoom();
    for (const one of ["one", "two two two"]) await appendText(one);
    expect(texts(await search("one two"))).toEqual([]);
    expect(texts(await search("onetwo"))).toEqual([]);
    expect(texts(await search("two"))).toEqual(["two two two"]);
    expect(texts(await search("one"))).toEqual(["one"]);
  });

  test("finds what the member may see, by the rule of feeds, and only texts", async () => {
    const { append, member, search } = await openGatedRoom();
    const sent = (sender: typeof eve, recipient: typeof eve, text: string) =>
      ({ kind: "private_message", sender, recipient, text, recipientIsAway: false }) as const;
    await append(sent(mallory, ada(member.id), "key to ada"));
    await append(sent(ada(member.id), eve, "key by ada"));
    await append(sent(mallory, eve, "key of others"));
    await append({ kind: "announcement", text: "key for all" });
    await append({ kind: "ignore_changed", memberId: member.id, ignoring: true });
    await append({ kind: "group_message", sender: mallory, text: "key ignored" });
    await append({ kind: "ignore_changed", memberId: member.id, ignoring: false });
    await append({ kind: "joined", user: { id: "k", nickname: "key", joinTime: 1 } });
    expect(texts(await search("key"))).toEqual(["key to ada", "key by ada", "key for all"]);
  });

  test("pages backwards and forwards over the whole log without gap or duplicates", async () => {
    const { appendText, search } = await openGatedRoom();
    const all = Array.from({ length: 3 * LOG_PAGE }, (_, i) => (i % 7 === 3 ? `hit ${i}` : `miss ${i}`));
    for (const one of all) await appendText(one);
    const expected = all.filter((text) => text.startsWith("hit"));
    const back: string[] = [];
    for (let before = "", atStart = false; !atStart; ) {
      const page = await search("HIT", { before, pageSize: 20 });
      back.unshift(...texts(page));
      before = writeCursor({ epoch: page.epoch, seq: page.from + 1 });
      ({ atStart } = page);
    }
    expect(back).toEqual(expected);
    const on: string[] = [];
    const { epoch } = await search("hit");
    for (let seq = 0; on.length < expected.length; ) {
      const page = await search("HIT", { after: writeCursor({ epoch, seq }), pageSize: 20 });
      on.push(...texts(page));
      seq = page.to;
    }
    expect(on).toEqual(expected);
    const [newest] = (await search("miss", { pageSize: 1 })).entries;
    expect(newest?.seq).toBe(3 * LOG_PAGE);
  });

  test("ends a page of long texts early, and goes on with the one that did not fit", async () => {
    const { appendText, search } = await openGatedRoom();
    const all = Array.from({ length: 100 }, (_, i) => `${i} ${"x".repeat(4_000)}`);
    for (const one of all) await appendText(one);
    const newest = await search("xxx", { pageSize: 500 });
    expect(newest.entries.length).toBeLessThan(100);
    const before = writeCursor({ epoch: newest.epoch, seq: newest.from + 1 });
    const older = await search("xxx", { before, pageSize: 500 });
    expect([...texts(older), ...texts(newest)]).toEqual(all);
    const first = await search("xxx", { after: writeCursor({ epoch: newest.epoch, seq: 0 }), pageSize: 500 });
    const after = writeCursor({ epoch: newest.epoch, seq: first.to });
    const rest = await search("xxx", { after, pageSize: 500 });
    expect([...texts(first), ...texts(rest)]).toEqual(all);
  });

  test("reads the log once, and again only the block from which something was erased", async () => {
    const { appendText, search } = await openGatedRoom();
    for (let i = 1; i <= 4 * LOG_PAGE; i++) await appendText(i === 10 ? "secret" : `${i}`);
    expect((await search("nothing")).read).toBe(4 * LOG_PAGE);
    expect((await search("nothing")).read).toBe(0);
    expect(texts(await search("secret"))).toEqual(["secret"]);
    await appendText("gone", [10]);
    const found = await search("secret");
    // The block with the erased text, and the newest one, which has a single entry yet.
    expect([texts(found), found.read]).toEqual([[], LOG_PAGE + 1]);
  });

  test("what is erased while it is searched is not on the page", async () => {
    const { appendText, search, holdReads } = await openGatedRoom();
    for (const one of ["secret one", "secret two"]) await appendText(one);
    const release = holdReads();
    const searching = search("secret");
    await appendText("gone", [1]);
    release();
    expect(texts(await searching)).toEqual(["secret two"]);
    expect(texts(await search("secret"))).toEqual(["secret two"]);
  });

  test("drops what it kept when it was not used for ten minutes", async () => {
    const { appendText, clock, search } = await openGatedRoom();
    for (let i = 0; i < LOG_PAGE; i++) await appendText(`${i}`);
    await search("x");
    clock.advance(599_999);
    expect((await search("x")).read).toBe(0);
    clock.advance(600_000);
    expect((await search("x")).read).toBe(LOG_PAGE);
  });

  test("lets other work go first when it has taken a millisecond", async () => {
    const { appendText, clock, search } = await openGatedRoom();
    for (let i = 0; i < 3 * LOG_PAGE; i++) await appendText(`${i}`);
    let turns = 0;
    const nextTurn = async () => {
      turns++;
    };
    await search("x", {}, nextTurn);
    expect(turns).toBe(0);
    const { monotonic } = clock;
    Object.assign(clock, {
      monotonic: () => {
        clock.advance(1);
        return monotonic();
      },
    });
    await search("x", {}, nextTurn);
    expect(turns).toBe(3);
  });

  test.each([
    ["", "empty"],
    [" \n ", "empty"],
    ["x".repeat(257), "too_long"],
  ])("refuses %j", async (text, rule) => {
    const { search } = await openGatedRoom();
    await expect(search(text)).rejects.toMatchObject({
      reason: "REQUEST_INVALID",
      detail: { field: "text", rule },
    });
  });

  test("refuses to search in both directions", async () => {
    const { search } = await openGatedRoom();
    const cursor = writeCursor({ epoch: "AAAAAAAAAAAAAAAA", seq: 1 });
    await expect(search("x", { before: cursor, after: cursor })).rejects.toMatchObject({
      reason: "REQUEST_INVALID",
    });
  });
});
