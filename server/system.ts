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

const POOL_BYTES = 4_096;
let pool = Buffer.alloc(0);

/** Asks the machine for many bytes at once: a call of OpenSSL costs the same for 16 as for hundreds. */
function random(count: number): Buffer {
  if (count > POOL_BYTES) return randomBytes(count);
  if (pool.length < count) pool = randomBytes(POOL_BYTES);
  const taken = pool.subarray(0, count);
  pool = pool.subarray(count);
  return taken;
}

/** The machine's randomness, and SHA-256. */
export const systemIds: Ids = {
  random: (bytes = 12) => random(bytes).toString("base64url"),
  bytes: random,
  hash: (text) => hash("sha256", text, "base64url"),
};
