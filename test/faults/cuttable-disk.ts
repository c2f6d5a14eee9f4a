/**
 * A power cut, as near as a running machine comes to one: the store is on a loop device, its writer stands still, and
 * what the device has received by then is copied. What only the page cache knew is not in the copy.
 */
import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mounted, run, testFolder, whyNoMounts } from "./store-support.js";

const deviceBytes = 64 * 2 ** 20;

export interface CuttableDisk {
  /** Where it is mounted. */
  readonly folder: string;
  /** Cuts the power, once; the writer must stand still. Answers where the disk is mounted as it comes back. */
  cut(): string;
}

/** Why there can be none here; undefined if there can. */
export const whyNoCuts = (): string | undefined => whyNoMounts("losetup", "mkfs.ext4");

/** A new file system that goes with the running test. */
export function cuttableDisk(): CuttableDisk {
  const folder = testFolder();
  const [device, copy] = [join(folder, "device"), join(folder, "copy")];
  const [before, after] = [join(folder, "before"), join(folder, "after")];
  mkdirSync(before);
  mkdirSync(after);
  writeFileSync(device, "");
  truncateSync(device, deviceBytes);
  run("mkfs.ext4", "-q", device);
  // Nothing goes to the device unless it is asked to: the usual 5 s would make the moment of the cut uncertain.
  mounted(before, "-o", "loop,commit=300", device);
  return {
    folder: before,
    cut() {
      copyFileSync(device, copy);
      return mounted(after, "-o", "loop", copy);
    },
  };
}
