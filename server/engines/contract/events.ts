import type { Entry, Store } from "../../room/ports.js";

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array): string => new TextDecoder().decode(data);
export const texts = (entries: readonly Entry[]): string[] => entries.map((entry) => text(entry.data));
export const seqs = (entries: readonly Entry[]): number[] => entries.map((entry) => entry.seq);

/** All events kept. */
export async function readAll(store: Store): Promise<readonly Entry[]> {
  return (await store.log.read(null, 100_000)).entries;
}

/** Appends `count` events at once. */
export async function fill(store: Store, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => store.log.append(bytes(`event ${i + 1}`))));
}

/** Claims a name on a new lease without an end. */
export async function hold(store: Store, name = "ada", holder = "h1") {
  const lease = await store.names.lease(Number.POSITIVE_INFINITY);
  const result = await store.names.claim(lease, name, holder, "value");
  if (!result.ok) throw new Error("the name was held already");
  return { lease, token: result.claim.token, name };
}
