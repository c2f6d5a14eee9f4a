import { sees, type Viewer } from "../room/log/record.js";
import type { FeedEntry } from "./entry.js";

/** Members whom no event names; what they see is what all of their kind see. */
const hearing: Viewer = { id: "", ignoringAt: () => false };
const ignoring: Viewer = { id: "", ignoringAt: () => true };

/** One flush, sorted by who may see what. */
export interface Audiences {
  /** For members who hear the room. */
  readonly heard: readonly FeedEntry[];
  /** For members who ignore group messages. */
  readonly unignorable: readonly FeedEntry[];
  /** Ids of the members who see something else: ends of a private message, whoever toggled. */
  readonly named: ReadonlySet<string>;
}

export function sortByAudience(entries: readonly FeedEntry[]): Audiences {
  const heard: FeedEntry[] = [];
  const unignorable: FeedEntry[] = [];
  const named = new Set<string>();
  for (const entry of entries) {
    if (sees(ignoring, entry, entry.seq)) unignorable.push(entry);
    if (sees(hearing, entry, entry.seq)) heard.push(entry);
    else for (const id of entry.ids) named.add(id);
  }
  return { heard, unignorable, named };
}
