import type { KeyValue } from "../../ports.js";

/** Values read at once. */
const PAGE = 256;
/** A value that was deleted on the condition that no one had changed it; it expires after this. */
const NOTHING = new Uint8Array();
const NOTHING_TTL_MS = 60_000;

/** A value as JSON, with its version; 0: there is none. */
export interface StoredJson {
  readonly json: unknown;
  readonly version: number;
}

/** A value to write on the condition that it is still the one of this version. */
export interface Write {
  readonly key: string;
  /** undefined: it is deleted. */
  readonly json: unknown;
  readonly version: number;
  /** When it ends, ms since 1970; undefined: it does not. */
  readonly until?: number;
}

/** What moderators set, as the store keeps it: JSON by key. */
export class StoredState {
  constructor(private readonly values: KeyValue) {}

  async read(key: string): Promise<StoredJson> {
    const stored = await this.values.get(key);
    return { json: stored ? decode(stored.value) : undefined, version: stored?.version ?? 0 };
  }

  /** Every value whose key begins with a prefix. */
  async readAll(prefix: string): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>();
    for (let after = ""; ; ) {
      const page = await this.values.list(prefix, after, PAGE);
      for (const { key, value } of page) if (value.length > 0) found.set(key, decode(value));
      const last = page.at(-1);
      if (!last || page.length < PAGE) return found;
      after = last.key;
    }
  }

  /** Returns whether it was written: false if another process has changed the value meanwhile. */
  async write({ key, json, version, until }: Write, nowMs: number): Promise<boolean> {
    const isDeleted = json === undefined || (until !== undefined && until <= nowMs);
    const value = isDeleted ? NOTHING : new TextEncoder().encode(JSON.stringify(json));
    const leftMs = until === undefined ? undefined : until - nowMs;
    const ttlMs = isDeleted ? NOTHING_TTL_MS : leftMs;
    const options = { ifVersion: version, ...(ttlMs !== undefined && { ttlMs }) };
    return (await this.values.put(key, value, options)) !== null;
  }

  async put(key: string, json: unknown): Promise<void> {
    await this.values.put(key, new TextEncoder().encode(JSON.stringify(json)));
  }

  delete(...keys: string[]): Promise<void> {
    return this.values.delete(...keys);
  }
}

function decode(value: Uint8Array): unknown {
  return value.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(value));
}
