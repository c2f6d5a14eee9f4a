import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../proto/parlance/v1");
const files = ["chat_service", "event", "user", "error"];

/** The comments of the schema, one string for each, without line breaks. */
export function schemaComments(): string[] {
  return files.flatMap((file) => {
    const lines = readFileSync(join(folder, `${file}.proto`), "utf8").split("\n");
    const comments: string[] = [];
    let open = false;
    for (const line of lines) {
      const text = /^\s*\/\/ ?(.*)$/.exec(line)?.[1];
      if (text !== undefined && open) comments.push(`${comments.pop()} ${text}`);
      else if (text !== undefined) comments.push(text);
      open = text !== undefined;
    }
    return comments.map((comment) => comment.replace(/ +/g, " ").trim());
  });
}

/** The sentences of a comment. */
export function sentencesOf(comment: string): string[] {
  return comment.split(/(?<=[.])\s+(?=[A-Z`])/);
}
