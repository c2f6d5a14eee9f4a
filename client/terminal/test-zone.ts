/** For tests: local time of a fixed zone while the file's tests run. */
import { afterAll, beforeAll } from "vitest";

export function useZone(zone: string): void {
  const before = process.env.TZ;
  beforeAll(() => {
    process.env.TZ = zone;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  });
}
