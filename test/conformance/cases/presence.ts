import assert from "node:assert/strict";
import { must, NotApplicable } from "../case.js";
import { heardMoving, heardOf, heardSaying, withoutCounts } from "../hearing.js";

export const presenceCases = [
  must("Coming back within the grace is silent.", async (world) => {
    if (world.graceMs < 100) throw new NotApplicable("this server has no grace to speak of");
    const bob = await world.enter();
    const room = await world.listen(bob);
    const ada = await world.enter();
    await (await world.listen(ada)).close();
    await world.listen(ada);
    await world.pass(world.graceMs * 1.5);
    await bob.say("still here?");
    await heardSaying(room, "still here?");
    assert.deepEqual(withoutCounts(heardOf(room, ada)), [`+${ada.nickname}`]);
  }),
  must("for the grace after the last feed closed or the last call, whichever is later.", async (world) => {
    const room = await world.listen(await world.enter());
    const ada = await world.enter();
    const feed = await world.listen(ada);
    await world.pass(world.graceMs * 1.5);
    assert.deepEqual(withoutCounts(heardOf(room, ada)), [`+${ada.nickname}`], "left while a feed was open");
    await feed.close();
    await heardMoving(room, "left", ada.nickname);
  }),
  must(
    "Someone left the room; told once for each stay, and the nickname is free from here on.",
    async (world) => {
      const bob = await world.enter();
      const room = await world.listen(bob);
      const ada = await world.enter();
      await world.listen(ada);
      await ada.chat.logout({}, ada.options);
      await heardMoving(room, "left", ada.nickname);
      const heir = await world.enter(ada.nickname);
      await bob.say("end");
      await heardSaying(room, "end");
      assert.deepEqual(
        withoutCounts(heardOf(room, heir)),
        ["+", "-", "+"].map((sign) => `${sign}${ada.nickname}`),
      );
    },
  ),
  must("A member who never opened a feed stays for the idle time", async (world) => {
    if (!world.own) throw new NotApplicable("Limits do not tell the idle time");
    const room = await world.listen(await world.enter());
    const ada = await world.enter();
    await world.pass(Math.min(world.own.idleMs / 2, world.graceMs * 2));
    assert.deepEqual(withoutCounts(heardOf(room, ada)), [`+${ada.nickname}`]);
    await world.pass(world.own.idleMs);
    await heardMoving(room, "left", ada.nickname);
  }),
];
