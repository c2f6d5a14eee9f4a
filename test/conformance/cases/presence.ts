import assert from "node:assert/strict";
import { eventsOf, receivedMessage, receivedMove } from "../assertions.js";
import { NotApplicable, testCase } from "../case.js";

export const presenceCases = [
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
    const bob = await target.login();
    const room = await target.subscribe(bob);
    const ada = await target.login();
    await target.subscribe(ada);
    await ada.chat.logout({}, ada.options);
    await receivedMove(room, "left", ada.nickname);
    const heir = await target.login(ada.nickname);
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
    await target.wait(Math.min(target.managed.idleMs / 2, target.graceMs * 2));
    assert.deepEqual(eventsOf(room, ada), [`+${ada.nickname}`]);
    await target.wait(target.managed.idleMs);
    await receivedMove(room, "left", ada.nickname);
  }),
];
