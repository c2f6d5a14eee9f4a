import { residentBytes } from "../host/proc.js";
import { pause } from "./wait.js";

/** Two collections and the release of freed pages take about this long at 5,000 subscribers. */
const settleMs = 1500;

/** Resident memory of the server, after a forced collection where it supports one. */
export async function settledRssBytes(serverPid: number, collectable: boolean): Promise<number> {
  if (collectable) process.kill(serverPid, "SIGUSR2");
  await pause(settleMs);
  return residentBytes(serverPid);
}
