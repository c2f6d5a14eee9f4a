import type { Target } from "./target.js";

/** One check of a server, with the requirements of the schema's comments that it covers. */
export interface Case {
  /** Ids of requirements, such as BC-2. */
  readonly ids: readonly string[];
  /** What is checked, in a few words; unique in the suite. */
  readonly title: string;
  /** Throws if the server violates one of the requirements. */
  readonly check: (target: Target) => Promise<void>;
  /** For a case that may take longer than others. */
  readonly timeoutMs: number | undefined;
}

/** The case cannot be checked on this server, for example because a limit is hours long. */
export class NotApplicable extends Error {}

/** For a case of hundreds of calls, which take a busy machine long. */
export const MANY_CALLS_MS = 60_000;

/** A case; `ids` are separated by spaces. */
export function testCase(ids: string, title: string, check: Case["check"], timeoutMs?: number): Case {
  return { ids: ids.split(" "), title, check, timeoutMs };
}

/** The case in the report. */
export function labelOf({ ids, title }: Case): string {
  return `[${ids.join(", ")}] ${title}`;
}
