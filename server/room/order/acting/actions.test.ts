import { expect, test } from "vitest";
import type { RoomContext } from "../../context.js";
import { Actions } from "./actions.js";

/** Taking turns needs nothing of the room. */
const newActions = () => new Actions({} as RoomContext);

test("an action waits for the changes under way, and goes before all that come after it", async () => {
  const actions = newActions();
  const done: string[] = [];
  let finish = () => {};
  const underWay = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const change = (name: string, until?: Promise<void>) =>
    actions.betweenTurns(async () => {
      await until;
      done.push(name);
    });
  const first = change("first", underWay);
  // Past the gate.
  await Promise.resolve();
  await Promise.resolve();
  const action = actions.inTurn(async () => void done.push("action"));
  const others = Array.from({ length: 100 }, (_, i) => change(`later ${i}`));
  const another = actions.inTurn(async () => void done.push("another action"));
  expect(done).toEqual([]);
  finish();
  await Promise.all([first, action, another, ...others]);
  expect(done.slice(0, 3)).toEqual(["first", "action", "another action"]);
  expect(done).toHaveLength(103);
});

test("a change that fails is its caller's failure alone", async () => {
  const actions = newActions();
  const failed = actions.betweenTurns(() => Promise.reject(new Error("no such message")));
  const action = actions.inTurn(async () => "done");
  await expect(failed).rejects.toThrow("no such message");
  expect(await action).toBe("done");
});
