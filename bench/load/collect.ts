import { residentBytes } from "../host/proc.js";
import { pause } from "./wait.js";

/** Two collections and the release of freed pages take about this long at 5,000 subscribers. */
const settleMs = 1500;

/** Resident memory of the server once it rests; `collect`: after a forced collection. */
export async function settledRssBytes(serverPid: number, collect: boolean): Promise<number> {
  if (collect) process.kill(serverPid, "SIGUSR2");
  await pause(settleMs);
  return residentBytes(serverPid);
}
