import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Inputs remembered between runs, if someone asked for it; off by default, and private lines never. */
export interface History {
  /** Oldest first. */
  load(): readonly string[];
  append(text: string): void;
}

const MOST_ENTRIES = 500;

/** A JSON string a line in `history`, mode 0600; failures are passed over. */
export function createHistory(dir: string): History {
  const path = join(dir, "history");
  let entries: readonly string[] | undefined;
  const load = () => {
    entries ??= read(path);
    return entries;
  };
  return {
    load,
    append(text) {
      entries = [...load(), text].slice(-MOST_ENTRIES);
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        writeFileSync(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""), { mode: 0o600 });
        chmodSync(path, 0o600);
      } catch {}
    },
  };
}

function read(path: string): readonly string[] {
  try {
    const values: unknown[] = readFileSync(path, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    return values.filter((value) => typeof value === "string").slice(-MOST_ENTRIES);
  } catch {
    return [];
  }
}
