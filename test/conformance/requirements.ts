import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../proto/parlance/v1");
const files = ["chat_service", "moderation_service", "event", "room", "user", "limits", "errors"];

/** Why the suite has no case for a requirement; chat_service.proto explains the marks. */
export const marks = ["client", "not observable", "retired"] as const;
export type Mark = (typeof marks)[number];

/** A requirement of the schema's comments. */
export interface Requirement {
  /** Area and number, such as BC-2. */
  readonly id: string;
  /** Undefined if cases must check it. */
  readonly mark: Mark | undefined;
}

/** Every requirement of the schema, in the order of its comments. Throws on an id that does not parse. */
export function requirementsOfSchema(): Requirement[] {
  return files.flatMap((file) => parse(readFileSync(join(folder, `${file}.proto`), "utf8")));
}

/** Whatever could be meant as an id, so that a misspelled one is not passed over. */
const BRACKETED = /\[([A-Z][^\]]*\d[^\]]*)\]/g;
const REQUIREMENT = /^([A-Z]+-[1-9]\d*)(?:, (.+))?$/;

export function parse(proto: string): Requirement[] {
  const comments = [...proto.matchAll(/\/\/ ?(.*)$/gm)].map(([, text]) => text).join(" ");
  return [...comments.matchAll(BRACKETED)].map(([bracketed, text]) => {
    const [, id, mark] = REQUIREMENT.exec(text!) ?? [];
    if (id === undefined || !(mark === undefined || isMark(mark)))
      throw new Error(`${bracketed} is not a requirement: [AREA-N] or [AREA-N, ${marks.join(" | ")}]`);
    return { id, mark };
  });
}

function isMark(text: string): text is Mark {
  return marks.some((mark) => mark === text);
}
