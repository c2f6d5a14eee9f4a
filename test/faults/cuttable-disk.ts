/**
 * A simulated power failure: the store is on a loop device, its writer is stopped, and what the device has received by
 * then is copied. What was only in the page cache is not in the copy.
 */
import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mounted, run, testFolder, whyNoMounts } from "./store-support.js";

const deviceBytes = 64 * 2 ** 20;

export interface CuttableDisk {
  /** Where it is mounted. */
  readonly folder: string;
  /** Cuts the power, once; the writer must be stopped. Returns where the copy is mounted. */
  cut(): string;
}

/** Why this is impossible here; undefined if it is possible. */
export const whyNoCuts = (): string | undefined => whyNoMounts("losetup", "mkfs.ext4");

/** A new file system, removed after the running test. */
export function cuttableDisk(): CuttableDisk {
  const folder = testFolder();
  const [device, copy] = [join(folder, "device"), join(folder, "copy")];
  const [before, after] = [join(folder, "before"), join(folder, "after")];
  mkdirSync(before);
  mkdirSync(after);
  writeFileSync(device, "");
  truncateSync(device, deviceBytes);
  run("mkfs.ext4", "-q", device);
  // No periodic writes to the device: the default of 5 s would make the time of the cut uncertain.
  mounted(before, "-o", "loop,commit=300", device);
  return {
    folder: before,
    cut() {
      copyFileSync(device, copy);
      return mounted(after, "-o", "loop", copy);
    },
  };
}
