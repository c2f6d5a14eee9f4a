import type { Dialect } from "./dialect.js";
import type { Link } from "./link.js";

const publishers = 4;
const slotsEachMin = 8;

/** Places for messages under way: four logged-in members with the same number each. */
export interface Outbox {
  readonly places: number;
  /** Sends in a free place; `answered` is called when the server has answered, and the place is free again. */
  publish(place: number, id: number, recipient: string | undefined, answered: () => void): void;
}

/** Logs the publishers in, with 32 places together or the next multiple of four from `placesMin` on. */
export async function openOutbox(
  dialect: Dialect,
  open: () => Promise<Link>,
  textBytes: number,
  placesMin: number,
  failed: (why: string) => void,
): Promise<Outbox> {
  const slotsEach = Math.max(slotsEachMin, Math.ceil(placesMin / publishers));
  const waiting = new Array<(() => void) | undefined>(publishers * slotsEach).fill(undefined);
  const members = await Promise.all(
    Array.from({ length: publishers }, (_, index) =>
      dialect.publisher({
        nickname: `pub${index}`,
        slots: slotsEach,
        textBytes,
        open,
        failed,
        answered(slot) {
          const place = index * slotsEach + slot;
          const callback = waiting[place];
          waiting[place] = undefined;
          callback?.();
        },
      }),
    ),
  );
  return {
    places: waiting.length,
    publish(place, id, recipient, answered) {
      if (waiting[place] !== undefined) throw new Error(`place ${place} is taken`);
      waiting[place] = answered;
      members[Math.floor(place / slotsEach)]!.publish(place % slotsEach, id, recipient);
    },
  };
}
