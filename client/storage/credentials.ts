import { join } from "node:path";
import { nameKey } from "../session/self.js";
import type { ResumedSession } from "../session/session.js";
import { createPrivateFile } from "./private-file.js";

/** A session that another process, or a later one, can take up. */
export interface Credential extends ResumedSession {
  /** From `parlance login`: leaving does not log it out. */
  readonly kept: boolean;
  /** Process that lives in the session; meaningless if kept. */
  readonly pid: number;
  /** ms since 1970. */
  readonly atMs: number;
}

type Stored = Readonly<Record<string, Readonly<Record<string, Credential>>>>;

/** Sessions by server and nickname, in `credentials.json`. */
export interface Credentials {
  /**
   * The session of a nickname, or without one the latest. Sessions in which another process lives are not handed out:
   * a second terminal is a second person.
   */
  find(server: string, nickname: string | undefined): Credential | undefined;
  keep(server: string, session: ResumedSession, kept: boolean): void;
  forget(server: string, nickname: string): void;
}

export function createCredentials(dir: string): Credentials {
  const file = createPrivateFile<Stored>(join(dir, "credentials.json"), {});
  const put = (server: string, nickname: string, credential: Credential | undefined) =>
    file.update((stored) => {
      const { [nameKey(nickname)]: _gone, ...others } = stored[server] ?? {};
      return { ...stored, [server]: credential ? { ...others, [nameKey(nickname)]: credential } : others };
    });
  return {
    find(server, nickname) {
      const usable = Object.values(file.read()[server] ?? {}).filter(
        (one) => isCredential(one) && (one.kept || !isAlive(one.pid)),
      );
      if (nickname !== undefined) {
        return usable.find((one) => nameKey(one.self.nickname) === nameKey(nickname));
      }
      return usable.sort((a, b) => b.atMs - a.atMs)[0];
    },
    keep(server, session, kept) {
      const { token, self, limits } = session;
      put(server, self.nickname, { token, self, limits, kept, pid: process.pid, atMs: Date.now() });
    },
    forget: (server, nickname) => put(server, nickname, undefined),
  };
}

/** The file may have been written by anyone: what does not fit is passed over. */
function isCredential(value: Partial<Credential>): value is Credential {
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
    // The process is there and someone else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
