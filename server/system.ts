import { hash, randomBytes } from "node:crypto";
import type { Clock, Ids } from "./room/ports.js";

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** The machine's randomness, and SHA-256. */
export const systemIds: Ids = {
  random: (bytes = 12) => randomBytes(bytes).toString("base64url"),
  bytes: (count) => randomBytes(count),
  hash: (text) => hash("sha256", text, "base64url"),
};
