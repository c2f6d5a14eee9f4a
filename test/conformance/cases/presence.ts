import assert from "node:assert/strict";
import type { Person } from "../../support/people.js";
import { assertRefused, eventsOf, receivedMessage, receivedMove } from "../assertions.js";
import { NotApplicable, testCase } from "../case.js";

const logout = ({ chat, options }: Person) => chat.logout({}, options);

export const presenceCases = [
  testCase("LOGIN-12 PRES-6 OUT-1", "a login that only lists leaves no event", async (target) => {
    const bob = await target.login();
    const room = await target.subscribe(bob);
    const ada = await target.login();
    await ada.chat.listUsers({}, ada.options);
    await ada.chat.listEvents({}, ada.options);
    await logout(ada);
    await bob.say("end");
    await receivedMessage(room, "end");
    assert.deepEqual(eventsOf(room, ada), []);
  }),
  testCase("PRES-3 PRES-6", "a silent login ends after the idle time without an event", async (target) => {
    if (!target.managed) throw new NotApplicable("Limits do not contain the idle time");
    const bob = await target.login();
    const room = await target.subscribe(bob);
    const ada = await target.login();
    await target.wait(target.managed.idleMs / 2);
    await ada.chat.listUsers({}, ada.options);
    await target.wait(target.managed.idleMs * 1.25);
    await assertRefused(ada.chat.listUsers({}, ada.options), {
      code: "Unauthenticated",
      reason: "NOT_LOGGED_IN",
    });
    await target.login(ada.nickname);
    await bob.say("end");
    await receivedMessage(room, "end");
    assert.deepEqual(eventsOf(room, ada), []);
  }),
  testCase(
    "PRES-6 ST-5",
    "a silent login is in no list and no count, and cannot be addressed",
    async (target) => {
      const bob = await target.login();
      const online = async () => {
        const { kind } = (await target.subscribe(bob)).items.find(({ kind }) => kind.case === "caughtUp")!;
        return kind.case === "caughtUp" && kind.value.online;
      };
      const before = await online();
      const ada = await target.login();
      for (const person of [ada, bob]) {
        const { users } = await person.chat.listUsers({ prefix: ada.nickname }, person.options);
        assert.deepEqual(users, []);
      }
      assert.equal(await online(), before);
      const refused = { code: "NotFound", reason: "USER_NOT_FOUND", field: "recipient" };
      await assertRefused(bob.sendTo(ada.nickname, "hi"), refused);
    },
  ),
  testCase("PRES-7", "a silent login may switch group messages off, and stays silent", async (target) => {
    const bob = await target.login();
    const room = await target.subscribe(bob);
    const ada = await target.login();
    assert.equal((await ada.chat.toggleIgnore({ ignoring: true }, ada.options)).ignoring, true);
    await assertRefused(ada.say("hi"), { code: "FailedPrecondition", reason: "IGNORING" });
    await bob.say("end");
    await receivedMessage(room, "end");
    assert.deepEqual(eventsOf(room, ada), []);
    const [hello] = (await target.subscribe(ada)).items;
    assert.ok(hello?.kind.case === "hello" && hello.kind.value.ignoring);
  }),
  testCase("PRES-5 EV-14", "the first Subscribe, Broadcast or SendTo announces, and once", async (target) => {
    const bob = await target.login();
    const room = await target.subscribe(bob);
    const first: ((person: Person) => Promise<unknown>)[] = [
      (person) => target.subscribe(person),
      (person) => person.say("hi"),
      (person) => person.sendTo(bob.nickname, "hi"),
    ];
    for (const call of first) {
      const ada = await target.login();
      await Promise.all([call(ada), call(ada)]);
      await call(ada);
      const { kind } = await receivedMove(room, "joined", ada.nickname);
      assert.equal(kind.value.user?.id, ada.id);
      await bob.say(`end of ${ada.nickname}`);
      await receivedMessage(room, `end of ${ada.nickname}`);
      const [joined, ...rest] = eventsOf(room, ada);
      assert.equal(joined, `+${ada.nickname}`);
      assert.ok(!rest.includes(`+${ada.nickname}`));
    }
  }),
  testCase("PRES-2", "a call after the last feed closed prolongs the stay", async (target) => {
    if (target.graceMs < 100) throw new NotApplicable("the grace period of this server is too short");
    const room = await target.subscribe(await target.login());
    const ada = await target.login();
    await (await target.subscribe(ada)).close();
    for (let i = 0; i < 8; i++) {
      await target.wait(target.graceMs / 4);
      await ada.chat.listUsers({}, ada.options);
    }
    assert.deepEqual(eventsOf(room, ada), [`+${ada.nickname}`]);
  }),
  testCase("PRES-4", "reconnecting within the grace period produces no event", async (target) => {
    if (target.graceMs < 100) throw new NotApplicable("the grace period of this server is too short");
    const bob = await target.login();
    const room = await target.subscribe(bob);
    const ada = await target.login();
    await (await target.subscribe(ada)).close();
    await target.subscribe(ada);
    await target.wait(target.graceMs * 1.5);
    await bob.say("still here?");
    await receivedMessage(room, "still here?");
    assert.deepEqual(eventsOf(room, ada), [`+${ada.nickname}`]);
  }),
  testCase(
    "PRES-2 LIM-10",
    "a member stays while a feed is open, and leaves after the grace period",
    async (target) => {
      const room = await target.subscribe(await target.login());
      const ada = await target.login();
      const feed = await target.subscribe(ada);
      await target.wait(target.graceMs * 1.5);
      assert.deepEqual(eventsOf(room, ada), [`+${ada.nickname}`], "left while a feed was open");
      await feed.close();
      await receivedMove(room, "left", ada.nickname);
    },
  ),
  testCase("EV-16 EV-17", "left is sent once per stay, and frees the nickname", async (target) => {
    const bob = await target.join();
    const room = await target.subscribe(bob);
    const ada = await target.join();
    await target.subscribe(ada);
    await ada.chat.logout({}, ada.options);
    await receivedMove(room, "left", ada.nickname);
    const heir = await target.join(ada.nickname);
    await bob.say("end");
    await receivedMessage(room, "end");
    assert.deepEqual(
      eventsOf(room, heir),
      ["+", "-", "+"].map((sign) => `${sign}${ada.nickname}`),
    );
  }),
  testCase("PRES-3", "a member without a feed stays for the idle time", async (target) => {
    if (!target.managed) throw new NotApplicable("Limits do not contain the idle time");
    const room = await target.subscribe(await target.login());
    const ada = await target.login();
    await ada.say("hi");
    await target.wait(Math.min(target.managed.idleMs / 2, target.graceMs * 2));
    assert.deepEqual(eventsOf(room, ada), [`+${ada.nickname}`, `${ada.nickname}: hi`]);
    await target.wait(target.managed.idleMs);
    await receivedMove(room, "left", ada.nickname);
  }),
];
