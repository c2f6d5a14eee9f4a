/** What an element keeps, so that a removal from the document, and of guests a reload, does not leave the room. */
import { type Kept, PageStorage } from "../stored.js";

export interface RoomStorage extends Pick<PageStorage, "kept" | "keep" | "works"> {
  /** The element is no longer in the document. */
  release(): void;
}

/** For a person whom the application vouches for: it lasts as long as the element. The next login is the same person's. */
export function memoryStorage(): RoomStorage {
  let kept: Kept = {};
  return {
    get kept() {
      return kept;
    },
    keep(change) {
      kept = { ...kept, ...change };
    },
    works: true,
    release() {},
  };
}

/** Keys of the guests' elements in this document: two of the same room are two guests. */
const inUse = new Set<string>();

/**
 * For guests, in the session storage of the tab: two tabs with the same session would take the feed from each other.
 * `before`: the element's own from when it was in the document last; it is used again if its key is still free.
 */
export function guestStorage(server: string, before: RoomStorage | undefined): RoomStorage {
  const storage =
    before instanceof GuestStorage && !inUse.has(before.key) ? before : new GuestStorage(freeKey(server));
  inUse.add(storage.key);
  return storage;
}

class GuestStorage extends PageStorage implements RoomStorage {
  constructor(key: string) {
    super(key, () => sessionStorage);
  }

  release(): void {
    inUse.delete(this.key);
  }
}

function freeKey(server: string): string {
  for (let number = 1; ; number++) {
    const key = `parlance/${server}${number === 1 ? "" : `#${number}`}`;
    if (!inUse.has(key)) return key;
  }
}
