import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Address } from "./input/address.js";
import type { About, Problem } from "./line.js";
import { Outbox, type Submitter } from "./outbox.js";
import { initialState, type State } from "./state.js";

const online: State = { ...initialState("http://test"), connection: { phase: "online" } };
const offline: State = {
  ...initialState("http://test"),
  connection: { phase: "offline", sinceMs: 0, attempt: 1, retryAtMs: 0 },
};

/** A chat whose responses the test gives. */
class TestChat implements Submitter {
  state: State = online;
  readonly submitted: string[] = [];
  readonly addresses: (Address | null)[] = [];
  readonly about: (About | null | undefined)[] = [];
  respond: (problem: Problem | null) => void = () => {};

  submit(input: string, address: Address | null, about?: About | null): Promise<Problem | null> {
    this.submitted.push(input);
    this.addresses.push(address);
    this.about.push(about);
    return new Promise((resolve) => {
      this.respond = resolve;
    });
  }
}

function open(chat = new TestChat()) {
  const held: [string, Problem["what"]][] = [];
  const outbox = new Outbox({
    onChange: () => {},
    onHeld: ({ text }, { what }) => held.push([text, what]),
  });
  const add = (...texts: string[]) => {
    for (const text of texts) outbox.add({ text, address: null });
  };
  const shown = () => outbox.entries.map(({ text, phase }) => `${text}: ${phase}`);
  /** The response to what is under way, and all that follows from it at once. */
  const respond = async (problem: Problem | null = null) => {
    chat.respond(problem);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { chat, outbox, held, add, shown, respond };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what is typed before there is a chat waits, and is sent once, one after the other", async () => {
  const { chat, outbox, add, shown, respond } = open();
  add("slow message", "/ls");
  expect(shown()).toEqual(["slow message: waiting", "/ls: waiting"]);
  outbox.attach(chat);
  expect(shown()).toEqual(["slow message: sending", "/ls: waiting"]);
  await respond();
  expect(shown()).toEqual(["/ls: sending"]);
  await respond();
  expect(shown()).toEqual([]);
  expect(chat.submitted).toEqual(["slow message", "/ls"]);
});

test("nothing is sent while the connection is lost, and all of it when it is back", async () => {
  const { chat, outbox, add, shown, respond } = open();
  chat.state = offline;
  outbox.attach(chat);
  add("one", "two");
  expect(chat.submitted).toEqual([]);
  chat.state = online;
  outbox.wake();
  // Another sign of life sends nothing twice.
  outbox.wake();
  expect(chat.submitted).toEqual(["one"]);
  chat.state = offline;
  await respond();
  expect(shown()).toEqual(["two: waiting"]);
  chat.state = online;
  outbox.wake();
  await respond();
  expect(chat.submitted).toEqual(["one", "two"]);
});

test.each<State["connection"]>([
  { phase: "connecting" },
  { phase: "offline", sinceMs: 0, attempt: 1, retryAtMs: 0 },
  { phase: "replaced" },
])("what is typed in the state $phase waits, and is not joined to what follows", async (connection) => {
  const { chat, outbox, add, shown, respond } = open();
  chat.state = { ...online, connection };
  outbox.attach(chat);
  add("slow message", "/ls");
  await respond();
  expect(chat.submitted).toEqual([]);
  expect(shown()).toEqual(["slow message: waiting", "/ls: waiting"]);
  chat.state = online;
  outbox.wake();
  await respond();
  expect(chat.submitted).toEqual(["slow message", "/ls"]);
});

test("a refused line is held, and those behind it are sent", async () => {
  const { chat, outbox, held, add, shown, respond } = open();
  outbox.attach(chat);
  add("@alcie psst", "hello");
  await respond({ what: "no_such_user", nickname: "alcie", suggestion: null });
  expect(held).toEqual([["@alcie psst", "no_such_user"]]);
  expect(shown()).toEqual(["@alcie psst: held", "hello: sending"]);
  await respond();
  expect(shown()).toEqual(["@alcie psst: held"]);
  expect(chat.submitted).toEqual(["@alcie psst", "hello"]);
});

test("the rate limit is waited out, and nothing overtakes", async () => {
  const { chat, outbox, held, add, shown, respond } = open();
  outbox.attach(chat);
  add("one", "two");
  await respond({ what: "rate_limited", retryMs: 3_000, kept: "none" });
  expect(shown()).toEqual(["one: waiting", "two: waiting"]);
  add("three");
  outbox.wake();
  await vi.advanceTimersByTimeAsync(2_999);
  expect(chat.submitted).toEqual(["one"]);
  await vi.advanceTimersByTimeAsync(10);
  expect(chat.submitted).toEqual(["one", "one"]);
  await respond();
  await respond();
  await respond();
  expect(chat.submitted).toEqual(["one", "one", "two", "three"]);
  expect([held, shown()]).toEqual([[], []]);
});

test("what waits or is held can be taken out, and what is under way cannot", async () => {
  const { chat, outbox, add, shown, respond } = open();
  outbox.attach(chat);
  add("one", "two", "three");
  expect(outbox.idle.map(({ text }) => text)).toEqual(["two", "three"]);
  outbox.takeOut(outbox.idle.slice(-1));
  expect(shown()).toEqual(["one: sending", "two: waiting"]);
  await respond();
  await respond();
  expect(chat.submitted).toEqual(["one", "two"]);
});

test("each input keeps the person whom it meant", async () => {
  const { chat, outbox } = open();
  const address = { key: "bob", person: { nickname: "bob", id: "b" }, absent: false, finished: true };
  outbox.add({ text: "@bob psst", address });
  outbox.attach(chat);
  expect(chat.addresses).toEqual([address]);
});

test("what was typed during a login that asks for more is not sent by itself", async () => {
  const { chat, outbox, held, add, shown, respond } = open();
  add("before");
  vi.setSystemTime(Date.now() + 1);
  const sinceMs = Date.now();
  add("hunter22");
  outbox.holdSince(sinceMs, { what: "typed_at_login", kept: "held" });
  outbox.attach(chat);
  await respond();
  expect(chat.submitted).toEqual(["before"]);
  expect(shown()).toEqual(["hunter22: held"]);
  expect(held).toEqual([["hunter22", "typed_at_login"]]);
});

test("a chat that ends leaves what was under way as not confirmed, and the next one sends the rest", async () => {
  const { chat, outbox, held, add, shown, respond } = open();
  outbox.attach(chat);
  add("one", "two");
  outbox.detach();
  expect(held).toEqual([["one", "not_confirmed"]]);
  // The end of the call is no news.
  await respond({ what: "not_sent", message: "aborted", kept: "none" });
  const next = new TestChat();
  outbox.attach(next);
  expect(next.submitted).toEqual(["two"]);
  expect(shown()).toEqual(["one: held", "two: sending"]);
  expect(held).toHaveLength(1);
});

test("leaving waits a second for responses, and names what is left in its order", async () => {
  const { chat, outbox, add } = open();
  outbox.attach(chat);
  add("one", "two");
  const left = outbox.close(new AbortController().signal);
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await left).map(({ text, phase }) => `${text}: ${phase}`)).toEqual([
    "one: sending",
    "two: waiting",
  ]);
  expect(outbox.entries).toEqual([]);
});

test("what is taken out to be edited, or only looked at, is sent in its place", async () => {
  const { chat, outbox, add, shown, respond } = open();
  add("one", "two", "three");
  const place = (text: string) => outbox.idle.find((entry) => entry.text === text)!;
  const one = place("one");
  expect(outbox.nextTo(place("three").place, -1)?.text).toBe("two");
  expect(outbox.nextTo(one.place, -1)).toBeUndefined();
  outbox.takeOut([one]);
  expect(outbox.nextTo(one.place, 1)?.text).toBe("two");
  outbox.putBack(one);
  const two = place("two");
  outbox.takeOut([two]);
  outbox.add({ text: "two, edited", address: null }, two.place);
  expect(shown()).toEqual(["one: waiting", "two, edited: waiting", "three: waiting"]);
  outbox.takeOut([one]);
  outbox.attach(chat);
  outbox.putBack(one);
  expect(shown()).toEqual(["one: waiting", "two, edited: sending", "three: waiting"]);
  await respond();
  await respond();
  await respond();
  expect(chat.submitted).toEqual(["two, edited", "one", "three"]);
});

test("what is under way as usual is not shown, and what waits or is late is", async () => {
  const { chat, outbox, add, respond } = open();
  const waiting = () => outbox.shown(Date.now()).map(({ text }) => text);
  outbox.attach(chat);
  add("one", "two");
  expect(waiting()).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(waiting()).toEqual(["one", "two"]);
  await respond({ what: "rate_limited", retryMs: 3_000, kept: "none" });
  expect(waiting()).toEqual(["one", "two"]);
  chat.state = offline;
  add("three");
  expect(waiting()).toEqual(["one", "two", "three"]);
});

test("the message that an input is about goes with it", async () => {
  const { chat, outbox, respond } = open();
  const about = { does: "reply", id: "m1" } as const;
  outbox.attach(chat);
  outbox.add({ text: "yes", address: null, about });
  outbox.add({ text: "no", address: null });
  await respond();
  expect(chat.about).toEqual([about, null]);
});
