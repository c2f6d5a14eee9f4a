import assert from "node:assert/strict";
import { GapReason } from "../../../gen/parlance/v1/event_pb.js";
import { Feature } from "../../../gen/parlance/v1/limits_pb.js";
import { refusalOf } from "../../support/people.js";
import { assertRefused, eventsOf } from "../assertions.js";
import { NotApplicable, testCase } from "../case.js";
import { withHooks } from "../servers.js";
import type { Target } from "../target.js";

const unavailable = { code: "Unavailable", reason: "STORE_UNAVAILABLE" };

/** Runs `check` while the store is unavailable. */
async function withoutStore({ hook }: Target, check: () => Promise<void>): Promise<void> {
  await hook("store-off");
  try {
    await check();
  } finally {
    await hook("store-on");
  }
}

/** Loses what was appended after `before`: the server continues on an older copy of its store. */
async function diverge<T>(
  { hook }: Target,
  before: () => Promise<unknown>,
  lost: () => Promise<T>,
): Promise<T> {
  await before();
  await hook("store-copy");
  const result = await lost();
  await hook("store-restore");
  return result;
}

export const storeCases = [
  testCase(
    "LOGIN-2 SUB-6 BC-4 ST-4 TI-5 OUT-2 ERR-24",
    "what has to be appended is refused while the store is unavailable",
    (target) =>
      withHooks(target, async (hooked) => {
        const [ada, bob, silent] = [await hooked.join(), await hooked.join(), await hooked.login()];
        await withoutStore(hooked, async () => {
          await assertRefused(hooked.login(), unavailable);
          const refused = refusalOf((await silent.listen().ended)!);
          assert.deepEqual([refused.code, refused.reason], [unavailable.code, unavailable.reason]);
          await assertRefused(ada.say("hi"), unavailable);
          await assertRefused(ada.sendTo(bob.nickname, "hi"), unavailable);
          await assertRefused(ada.chat.toggleIgnore({ ignoring: true }, ada.options), unavailable);
          await assertRefused(ada.chat.logout({}, ada.options), unavailable);
        });
        await hooked.subscribe(silent);
        const { users } = await bob.chat.listUsers({ prefix: silent.nickname }, bob.options);
        assert.deepEqual(
          users.map(({ id }) => id),
          [silent.id],
        );
        await ada.chat.logout({}, ada.options);
      }),
  ),
  testCase(
    "BC-7 ST-8 TI-7 ERR-24",
    "calls refused while the store was unavailable take effect once when they are retried",
    (target) =>
      withHooks(target, async (hooked) => {
        const ada = await hooked.login();
        const feed = await hooked.subscribe(ada);
        const [said, whispered, toggled] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
        const calls = [
          () => ada.say("once", said),
          () => ada.sendTo(ada.nickname, "once", whispered),
          () => ada.chat.toggleIgnore({ requestId: toggled }, ada.options),
        ];
        await withoutStore(hooked, async () => {
          for (const call of calls) await assertRefused(call(), unavailable);
        });
        for (const call of [...calls, ...calls]) await call();
        await ada.sendTo(ada.nickname, "end");
        await feed.next("ignoreChanged");
        await feed.next("privateMessage");
        assert.deepEqual(eventsOf(feed, ada), [
          `${ada.nickname}: once`,
          `${ada.nickname} -> ${ada.nickname}: once`,
          `${ada.nickname} -> ${ada.nickname}: end`,
        ]);
      }),
  ),
  testCase(
    "LE-2",
    "ListEvents succeeds or is refused while the store is unavailable, and is complete afterwards",
    (target) =>
      withHooks(target, async (hooked) => {
        const ada = await hooked.login();
        const { cursor } = await ada.say("start");
        await ada.say("kept");
        const texts = async () => {
          const { events } = await ada.chat.listEvents({ after: cursor }, ada.options);
          return events.map(({ kind }) => kind.case === "groupMessage" && kind.value.text);
        };
        await withoutStore(hooked, async () => {
          const result = await texts().catch((error) => refusalOf(error).reason);
          assert.ok(result === unavailable.reason || String(result) === "kept", String(result));
        });
        assert.deepEqual(await texts(), ["kept"]);
      }),
  ),
  testCase(
    "SUB-2 HELLO-7 GAP-1 GAP-5 LE-13 LE-14",
    "a cursor ahead of a restored log gives a gap, then every event since the two diverged",
    (target) =>
      withHooks(target, async (hooked) => {
        const [ada, bob] = [await hooked.login(), await hooked.login()];
        const { cursor } = await diverge(
          hooked,
          () => bob.say("in both"),
          async () => {
            await bob.say("lost");
            return bob.say("lost, too");
          },
        );
        await bob.say("since then");
        const feed = await hooked.subscribe(ada, { after: cursor });
        const [hello, gap] = feed.items;
        assert.ok(hello?.kind.case === "hello" && !hello.kind.value.resumed);
        assert.equal(gap?.kind.case === "gap" && GapReason[gap.kind.value.reason], "AHEAD");
        assert.deepEqual(eventsOf(feed, bob), [`${bob.nickname}: since then`]);
        const page = await ada.chat.listEvents({ after: cursor }, ada.options);
        assert.equal(GapReason[page.gap], "AHEAD");
        assert.deepEqual(
          page.events.map(({ id }) => id),
          feed.events.map(({ id }) => id),
        );
        const resumed = await hooked.subscribe(ada, { after: gap!.cursor });
        assert.deepEqual(eventsOf(resumed, bob), [`${bob.nickname}: since then`]);
      }),
  ),
  testCase("EV-5", "a restored log assigns no id again", (target) =>
    withHooks(target, async (hooked) => {
      const ada = await hooked.login();
      const ids = async () => [(await ada.say("one")).id, (await ada.say("two")).id];
      const lost = await diverge(hooked, ids, ids);
      const since = await ids();
      assert.equal(new Set([...lost, ...since]).size, 4);
    }),
  ),
  testCase("LIM-19", "what a durable server acknowledged survives its restart", (target) =>
    withHooks(target, async (hooked) => {
      if (!hooked.limits.features.includes(Feature.DURABLE))
        throw new NotApplicable("the server does not announce FEATURE_DURABLE");
      const [ada, bob] = [await hooked.join(), await hooked.join()];
      const { cursor } = await bob.say("start");
      const said = await bob.say("to all");
      const whispered = await bob.sendTo(ada.nickname, "to ada");
      await hooked.hook("restart");
      const feed = await hooked.subscribe(ada, { after: cursor });
      const texts = [`${bob.nickname}: to all`, `${bob.nickname} -> ${ada.nickname}: to ada`];
      assert.deepEqual(eventsOf(feed, bob), texts);
      const received = feed.events.map(({ id }) => id);
      assert.ok([said.id, whispered.id].every((id) => received.includes(id)));
    }),
  ),
];
