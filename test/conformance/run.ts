import { type Case, NotApplicable } from "./case.js";
import type { Target } from "./target.js";

/** No case takes as long, unless it waits for something that never comes. */
const CASE_TIMEOUT_MS = 10_000;

export type Outcome =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "not applicable"; readonly why: string };

/** Checks one case and cleans up after it. */
export async function runCase(
  { check, timeoutMs: ownMs }: Case,
  target: Target,
  usualMs: number = CASE_TIMEOUT_MS,
): Promise<Outcome> {
  const timeoutMs = ownMs ?? usualMs;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no result within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([check(target), timeout]);
    return { kind: "passed" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: error instanceof NotApplicable ? "not applicable" : "failed", why };
  } finally {
    clearTimeout(timer);
    await target.cleanUp();
  }
}
