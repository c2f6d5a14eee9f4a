/** Keys that expire within the same second share a bucket and are dropped together, without a timer each. */
const bucketMs = 1000;

interface Held<V> {
  readonly value: V;
  readonly endsAt: number;
}

/** A map whose keys expire. `now` is in ms and must be monotonic. */
export interface Expiring<V> {
  get(key: string): V | undefined;
  /** `ttlMs` may be Infinity. */
  set(key: string, value: V, ttlMs: number): void;
  delete(key: string): void;
  /** Frees the memory of expired keys; `set` does so too. */
  sweep(): void;
  readonly size: number;
  /** Its keys; those that have expired may be among them. */
  keys(): Iterable<string>;
}

export function createExpiring<V>(now: () => number): Expiring<V> {
  const held = new Map<string, Held<V>>();
  const buckets = new Map<number, string[]>();
  let swept = Math.floor(now() / bucketMs);

  function sweep(): void {
    const current = Math.floor(now() / bucketMs);
    if (current === swept) return;
    swept = current;
    for (const [bucket, keys] of buckets) {
      if (bucket >= current) continue;
      buckets.delete(bucket);
      for (const key of keys) {
        // A key that was set again is in a later bucket too.
        if ((held.get(key)?.endsAt ?? Number.POSITIVE_INFINITY) <= now()) held.delete(key);
      }
    }
  }

  return {
    sweep,
    get size() {
      return held.size;
    },
    keys: () => held.keys(),
    get(key) {
      const found = held.get(key);
      return found && found.endsAt > now() ? found.value : undefined;
    },
    set(key, value, ttlMs) {
      sweep();
      const endsAt = now() + ttlMs;
      held.set(key, { value, endsAt });
      if (endsAt === Number.POSITIVE_INFINITY) return;
      const bucket = Math.floor(endsAt / bucketMs);
      const keys = buckets.get(bucket);
      if (keys) keys.push(key);
      else buckets.set(bucket, [key]);
    },
    delete(key) {
      held.delete(key);
    },
  };
}
