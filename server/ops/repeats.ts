import type { Clock } from "../room/ports.js";

/** What is known of the records of one kind since the last that was written. */
export interface Seen {
  readonly count: number;
  /** Where most of them came from. */
  readonly address: string | undefined;
  /** From how many addresses they came, up to MAX_ADDRESSES; undefined for one. */
  readonly addresses: number | undefined;
}

interface Kind {
  write: (seen: Seen) => void;
  count: number;
  readonly addresses: Map<string, number>;
  readonly cancel: () => void;
}

const EVERY_MS = 60_000;
const MAX_ADDRESSES = 1_000;
const MAX_KINDS = 500;

/**
 * Records that strangers can cause at will: the first of a kind is written at once, further ones as one record a minute
 * with their count, until a minute passes without any.
 */
export class Repeats {
  private readonly kinds = new Map<string, Kind>();

  constructor(private readonly clock: Pick<Clock, "after">) {}

  /** `write`: of the newest record; it stands for those before it. */
  add(name: string, address: string | undefined, write: (seen: Seen) => void): void {
    const kind = this.kinds.get(name);
    if (kind) {
      kind.write = write;
      kind.count++;
      if (address !== undefined && (kind.addresses.has(address) || kind.addresses.size < MAX_ADDRESSES))
        kind.addresses.set(address, (kind.addresses.get(address) ?? 0) + 1);
      return;
    }
    if (this.kinds.size >= MAX_KINDS && name !== "") this.add("", address, write);
    else {
      this.open(name, write);
      write({ count: 1, address, addresses: undefined });
    }
  }

  /** Writes what was counted and not written. */
  flush(): void {
    for (const kind of this.kinds.values()) {
      kind.cancel();
      writeSeen(kind);
    }
    this.kinds.clear();
  }

  private open(name: string, write: Kind["write"]): void {
    const cancel = this.clock.after(EVERY_MS, () => {
      const kind = this.kinds.get(name)!;
      this.kinds.delete(name);
      if (kind.count === 0) return;
      writeSeen(kind);
      this.open(name, kind.write);
    });
    this.kinds.set(name, { write, count: 0, addresses: new Map(), cancel });
  }
}

function writeSeen({ count, addresses, write }: Kind): void {
  if (count === 0) return;
  let most: [address: string, count: number] | undefined;
  for (const entry of addresses) if (!most || entry[1] > most[1]) most = entry;
  write({ count, address: most?.[0], addresses: addresses.size > 1 ? addresses.size : undefined });
}
