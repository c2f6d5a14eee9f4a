import { inRepository } from "./in-repository.js";
import { installed } from "./installed.js";
import type { System } from "./system.js";

/** Every peer, the floor first. */
export const peers: readonly System[] = [...inRepository, ...installed];

/** Peers that any checkout can run after `npm install` (Python aside). */
export const usualPeers: readonly string[] = inRepository.map(({ name }) => name);

/** Peers of the quick form. */
export const quickPeers: readonly string[] = ["floor", "naive-h1"];
