import { type Case, NotApplicable } from "./case.js";
import type { World } from "./world.js";

/** No case needs as long; one that does waits for what never comes. */
const CASE_LIMIT_MS = 10_000;

export type Outcome =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "not applicable"; readonly why: string };

/** Checks one case and clears up after it. */
export async function runCase(
  { check }: Case,
  world: World,
  limitMs: number = CASE_LIMIT_MS,
): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([check(world), limit]);
    return { kind: "passed" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: error instanceof NotApplicable ? "not applicable" : "failed", why };
  } finally {
    clearTimeout(timer);
    await world.tidy();
  }
}
