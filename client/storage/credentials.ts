import { join } from "node:path";
import { nameKey } from "../session/person.js";
import type { ResumedSession } from "../session/session.js";
import { PrivateFile } from "./private-file.js";

/** A session that another process, or a later one, can resume. */
export interface Credential extends ResumedSession {
  /** From `parlance login`: leaving does not log it out. */
  readonly kept: boolean;
  /** Process that uses the session; meaningless if kept. */
  readonly pid: number;
  /** ms since 1970. */
  readonly atMs: number;
}

/** What is kept of a nickname at a server: a session, a secret, or both. */
type Entry = Partial<Credential> & {
  /** Of the registered nickname, as the server made it. */
  readonly secret?: string;
};

type Stored = Readonly<Record<string, Readonly<Record<string, Entry>>>>;

/** Sessions and secrets by server and nickname, in `credentials.json`. */
export class Credentials {
  readonly path: string;
  readonly #file: PrivateFile<Stored>;

  constructor(dir: string) {
    this.path = join(dir, "credentials.json");
    this.#file = new PrivateFile<Stored>(this.path, {});
  }

  /**
   * The session of a nickname, or without one the latest. Sessions in use by another process are skipped: a second
   * terminal is a second person.
   */
  find(server: string, nickname: string | undefined): Credential | undefined {
    const usable = Object.values(this.#file.read()[server] ?? {})
      .filter(isCredential)
      .filter(({ kept, pid }) => kept || !isAlive(pid));
    if (nickname !== undefined) {
      return usable.find((one) => nameKey(one.self.nickname) === nameKey(nickname));
    }
    return usable.sort((a, b) => b.atMs - a.atMs)[0];
  }

  /** Returns whether the disk has it. */
  save(server: string, { token, self, limits }: ResumedSession, kept: boolean): boolean {
    return this.#put(server, self.nickname, {
      token,
      self,
      limits,
      kept,
      pid: process.pid,
      atMs: Date.now(),
    });
  }

  /** Returns whether the disk no longer has it. */
  remove(server: string, nickname: string): boolean {
    return this.#put(server, nickname, undefined);
  }

  /** The secret of a registered nickname that was kept on this machine. */
  secretOf(server: string, nickname: string): string | undefined {
    const { secret } = this.#file.read()[server]?.[nameKey(nickname)] ?? {};
    return typeof secret === "string" && secret !== "" ? secret : undefined;
  }

  /** Returns whether the disk has it: what is made once must not be lost unnoticed. */
  keepSecret(server: string, nickname: string, secret: string): boolean {
    this.#change(server, nickname, (entry) => ({ ...entry, secret }));
    return this.secretOf(server, nickname) === secret;
  }

  forgetSecret(server: string, nickname: string): void {
    if (this.secretOf(server, nickname) === undefined) return;
    this.#change(server, nickname, ({ secret: _forgotten, ...entry }) => entry);
  }

  /** Replaces the session; a secret stays. */
  #put(server: string, nickname: string, credential: Credential | undefined): boolean {
    return this.#change(server, nickname, ({ secret }) => ({
      ...credential,
      ...(secret !== undefined && { secret }),
    }));
  }

  #change(server: string, nickname: string, change: (entry: Entry) => Entry): boolean {
    return this.#file.update((stored) => {
      const { [nameKey(nickname)]: before = {}, ...others } = stored[server] ?? {};
      const entry = change(before);
      const isEmpty = Object.keys(entry).length === 0;
      return { ...stored, [server]: isEmpty ? others : { ...others, [nameKey(nickname)]: entry } };
    });
  }
}

/** The file may have been edited: entries of another shape are skipped. */
function isCredential(value: Entry): value is Credential & Entry {
  return (
    typeof value.token === "string" &&
    typeof value.self?.nickname === "string" &&
    typeof value.self.id === "string" &&
    typeof value.limits?.maxTextBytes === "number" &&
    typeof value.atMs === "number"
  );
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
