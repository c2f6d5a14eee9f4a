import type { Variant } from "./encoding.js";
import type { Reader } from "./reader.js";
import type { Framing } from "./sink.js";

/** Live readers who are sent the very same bytes. */
export interface Group {
  readonly variant: Variant;
  readonly framing: Framing;
  readonly readers: Set<Reader>;
}

/** The live readers, by form and by member. */
export interface Groups {
  add(reader: Reader): void;
  /** Answers whether it was there. */
  delete(reader: Reader): boolean;
  /** Those in use. */
  all(): IterableIterator<Group>;
  ofMember(id: string): readonly Reader[];
}

export function createGroups(): Groups {
  const groups = new Map<string, Group>();
  const members = new Map<string, Reader[]>();
  const keyOf = ({ variant, sink }: Reader) => `${variant.key} ${sink.framing.key}`;

  return {
    add(reader) {
      const key = keyOf(reader);
      let group = groups.get(key);
      if (!group) {
        group = { variant: reader.variant, framing: reader.sink.framing, readers: new Set() };
        groups.set(key, group);
      }
      group.readers.add(reader);
      const { id } = reader.progress.viewer;
      members.set(id, [...(members.get(id) ?? []), reader]);
    },
    delete(reader) {
      const key = keyOf(reader);
      const group = groups.get(key);
      if (!group?.readers.delete(reader)) return false;
      if (group.readers.size === 0) groups.delete(key);
      const { id } = reader.progress.viewer;
      const rest = (members.get(id) ?? []).filter((other) => other !== reader);
      if (rest.length > 0) members.set(id, rest);
      else members.delete(id);
      return true;
    },
    all: () => groups.values(),
    ofMember: (id) => members.get(id) ?? [],
  };
}
