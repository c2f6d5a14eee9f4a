import { getEventListeners } from "node:events";
import { expect, test, vi } from "vitest";
import { wait } from "./wait.js";

test.each([
  ["resolves", (settle: Settle) => settle.resolve("done")],
  ["rejects", (settle: Settle) => settle.reject(new Error("broken"))],
  ["is aborted", (settle: Settle) => settle.abort(new Error("aborted"))],
])("a wait that %s leaves no listener behind", async (_, end) => {
  const controller = new AbortController();
  const undo = vi.fn();
  let settle: Settle | undefined;
  const waiting = wait<string>(controller.signal, (resolve, reject) => {
    settle = { resolve, reject, abort: (reason) => controller.abort(reason) };
    return undo;
  });
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
  end(settle!);
  await waiting.catch(() => undefined);
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  expect(undo).toHaveBeenCalledOnce();
});

test("an abort ends it with its reason, also one that came before", async () => {
  const controller = new AbortController();
  const waiting = wait(controller.signal, () => undefined);
  controller.abort(new Error("closing"));
  await expect(waiting).rejects.toThrow("closing");
  const start = vi.fn();
  await expect(wait(controller.signal, start)).rejects.toThrow("closing");
  expect(start).not.toHaveBeenCalled();
});

interface Settle {
  resolve(value: string): void;
  reject(reason: unknown): void;
  abort(reason: unknown): void;
}
