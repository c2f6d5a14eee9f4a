import { waitedForCpuMs } from "../../host/proc.js";
import type { Figures } from "../../job.js";
import { longestPauseMs } from "../longest-pause.js";
import { pause, within } from "../wait.js";
import type { Stage } from "./closed-loop.js";

const betweenMs = 500;
const limitMs = 30_000;

/** The longest pause of the server's event loop, and how long others kept the server from its CPU. */
export type Pauses = Pick<Figures, "longestPauseMs" | "waitedForCpuMs">;

/** Does some work; resolves with its result and the pauses meanwhile. */
export async function longestPauseDuring<T>(
  serverPid: number,
  work: () => Promise<T>,
): Promise<[result: T, pauses: Pauses]> {
  await longestPauseMs(serverPid);
  const waitedBefore = waitedForCpuMs(serverPid);
  const result = await work();
  const waited = waitedForCpuMs(serverPid) - waitedBefore;
  return [result, { longestPauseMs: await longestPauseMs(serverPid), waitedForCpuMs: waited }];
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
