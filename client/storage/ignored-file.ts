import { join } from "node:path";
import { isKeptPerson, type Member } from "../session/person.js";
import { PrivateFile } from "./private-file.js";

type Ignored = Pick<Member, "nickname" | "id" | "registered">;
type Stored = Readonly<Record<string, readonly unknown[]>>;

/** The people whom a reader ignores, by server, in `ignored.json`. */
export class IgnoredFile {
  readonly #file: PrivateFile<Stored>;
  readonly #server: string;

  constructor(dir: string, server: string) {
    this.#file = new PrivateFile<Stored>(join(dir, "ignored.json"), {});
    this.#server = server;
  }

  load(): readonly Ignored[] {
    const stored = this.#file.read()[this.#server];
    // The file may have been edited: entries of another shape are skipped.
    return Array.isArray(stored) ? stored.filter(isKeptPerson) : [];
  }

  save(ignored: readonly Ignored[]): void {
    this.#file.update((stored) => ({ ...stored, [this.#server]: ignored }));
  }
}
