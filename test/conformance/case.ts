import type { World } from "./world.js";

/** One check of a server, named by the sentence of the schema's comments that it checks. */
export interface Case {
  /** Part of the schema, in its own words; schema.test.ts holds it to them. */
  readonly sentence: string;
  /** What of the sentence is checked, where it takes several cases. */
  readonly about: string;
  /** Throws where the server does not keep the sentence. */
  readonly check: (world: World) => Promise<void>;
}

/** This server gives no chance to check the case, such as a limit of hours. */
export class NotApplicable extends Error {}

export function must(sentence: string, check: Case["check"]): Case;
export function must(sentence: string, about: string, check: Case["check"]): Case;
export function must(sentence: string, ...rest: [Case["check"]] | [string, Case["check"]]): Case {
  const [about, check] = rest.length === 1 ? ["", rest[0]] : rest;
  return { sentence, about, check };
}

/** How a case is called in the report. */
export function titleOf({ sentence, about }: Case): string {
  return about === "" ? sentence : `${sentence} (${about})`;
}
