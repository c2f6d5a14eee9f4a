import { longestPauseMs } from "../longest-pause.js";
import { pause, within } from "../wait.js";
import type { Stage } from "./closed-loop.js";

const betweenMs = 500;
const limitMs = 30_000;

/** Does some work; resolves with its result and the longest pause of the server's event loop meanwhile. */
export async function longestPauseDuring<T>(
  serverPid: number,
  work: () => Promise<T>,
): Promise<[result: T, longestMs: number]> {
  await longestPauseMs(serverPid);
  const result = await work();
  return [result, await longestPauseMs(serverPid)];
}

/** Sends one message after another, each after a rest. */
export async function sendSingly({ crowd, ledger, outbox }: Stage, messages: number): Promise<void> {
  for (let sent = 0; sent < messages; sent += 1) {
    const received = new Promise<void>((resolve) => {
      const id = ledger.open(crowd.receiving, performance.now(), resolve);
      crowd.spoke(id);
      outbox.publish(0, id, undefined, () => {});
    });
    await within(received, limitMs, "a message");
    await pause(betweenMs);
  }
}
