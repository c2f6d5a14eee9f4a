import type { Observation, Observer } from "../../server/room/observer.js";

/** An observer that remembers. */
export function recordObservations(): { readonly seen: Observation[]; readonly observe: Observer } {
  const seen: Observation[] = [];
  return { seen, observe: (observation) => seen.push(observation) };
}
