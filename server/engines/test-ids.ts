import { createHash, randomBytes } from "node:crypto";
import type { Ids } from "../room/ports.js";

/** Real randomness and hashing for tests. */
export const testIds: Ids = {
  random: (bytes = 12) => randomBytes(bytes).toString("base64url"),
  bytes: (count) => randomBytes(count),
  hash: (text) => createHash("sha256").update(text).digest("base64url"),
};
