import { expect, test } from "vitest";
import { fuzz } from "./fuzz/fuzz.js";
import { routes } from "./fuzz/protocols.js";
import { seedOfToday } from "./fuzz/seed.js";

const CALLS = 300;
/** Set it to repeat what failed. */
const seed = Number(process.env.FUZZ_SEED || seedOfToday());

test(`${CALLS} generated calls of each RPC over each protocol, FUZZ_SEED=${seed}`, async () => {
  expect(await fuzz({ calls: CALLS, seed })).toBe(CALLS * routes.length);
});
