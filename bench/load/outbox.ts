import type { Dialect } from "./dialect.js";
import type { Link } from "./link.js";

const publishers = 4;
const slotsEachMin = 8;

/** Slots for messages in flight: four logged-in publishers with the same number each. */
export interface Outbox {
  readonly slots: number;
  /** Sends in a free slot; `confirmed` is called on the server's response, when the slot is free again. */
  publish(place: number, id: number, recipient: string | undefined, confirmed: () => void): void;
}

/**
 * Logs the publishers in, with 32 slots in total, or `slotsMin` rounded up to a multiple of four. `open` connects the
 * publisher at `index`.
 */
export async function openOutbox(
  dialect: Dialect,
  open: (index: number) => Promise<Link>,
  textBytes: number,
  slotsMin: number,
  failed: (why: string) => void,
): Promise<Outbox> {
  const slotsEach = Math.max(slotsEachMin, Math.ceil(slotsMin / publishers));
  const waiting = new Array<(() => void) | undefined>(publishers * slotsEach).fill(undefined);
  const members = await Promise.all(
    Array.from({ length: publishers }, (_, index) =>
      dialect.publisher({
        nickname: `pub${index}`,
        slots: slotsEach,
        textBytes,
        open: () => open(index),
        failed,
        confirmed(slot) {
          const place = index * slotsEach + slot;
          const callback = waiting[place];
          waiting[place] = undefined;
          callback?.();
        },
      }),
    ),
  );
  return {
    slots: waiting.length,
    publish(place, id, recipient, confirmed) {
      if (waiting[place] !== undefined) throw new Error(`slot ${place} is in use`);
      waiting[place] = confirmed;
      members[Math.floor(place / slotsEach)]!.publish(place % slotsEach, id, recipient);
    },
  };
}
