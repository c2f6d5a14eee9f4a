import { join } from "node:path";
import { nameKey } from "../session/self.js";
import { createPrivateFile } from "./private-file.js";

/** How far a reader got. */
export interface Place {
  readonly cursor: string;
  /** Member that read it; another one has not missed what came before it joined. */
  readonly memberId: string;
  /** Our clock, ms since 1970. */
  readonly atMs: number;
}

type Stored = Readonly<Record<string, Readonly<Record<string, Place>>>>;

/** The last cursor by server and nickname, in `last-seen.json`. */
export interface LastSeen {
  find(server: string, nickname: string): Place | undefined;
  keep(server: string, nickname: string, place: Place): void;
}

export function createLastSeen(dir: string): LastSeen {
  const file = createPrivateFile<Stored>(join(dir, "last-seen.json"), {});
  return {
    find(server, nickname) {
      const place: Partial<Place> | undefined = file.read()[server]?.[nameKey(nickname)];
      return typeof place?.cursor === "string" && typeof place.atMs === "number"
        ? (place as Place)
        : undefined;
    },
    keep: (server, nickname, place) =>
      file.update((stored) => ({
        ...stored,
        [server]: { ...stored[server], [nameKey(nickname)]: place },
      })),
  };
}
