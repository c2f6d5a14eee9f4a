import { backup, check, type StoreReport } from "../engines/sqlite/maintenance.js";
import { salvage } from "../engines/sqlite/salvage.js";
import { StoreRefused } from "../engines/store-refused.js";
import { StartError } from "./start-error.js";

/** Copies a store. Returns a line that says what was written. Throws StartError. */
export function runBackup(from: string, target: string): string {
  const { events, last, bytes } = explained(() => backup(from, target));
  return `wrote ${target}: ${events} events up to number ${last}, ${bytes} bytes\n`;
}

/** Copies what can be read of a damaged store. Returns lines that say what was written. Throws StartError. */
export function runSalvage(path: string, target: string): string {
  const { events, unchecked, lost } = explained(() => salvage(path, target));
  const lines = [
    `wrote ${target}: ${events} events; ${lost} were damaged or missing`,
    ...(unchecked > 0 ? [`${unchecked} of them are older than checksums and were copied as they are`] : []),
    "numbering and epoch are new; names and sessions were not copied, so everyone logs in again",
  ];
  return `${lines.join("\n")}\n`;
}

/** Checks a store. Throws StartError if the file is not a store or too damaged to be read. */
export function runCheck(path: string): { readonly sound: boolean; readonly report: string } {
  const report = explained(() => check(path));
  return { sound: report.problems.length === 0, report: describe(report) };
}

function describe(report: StoreReport): string {
  const { events, epochs, claims, bytes } = report;
  const time = (at: number | null) => (at === null ? "-" : new Date(at).toISOString());
  const lines = [
    ["store", report.path],
    ["schema", report.schema],
    ["events", events.count === 0 ? "none" : `${events.count}, numbers ${events.first} to ${events.last}`],
    ["from, to", `${time(events.oldestAt)}, ${time(events.newestAt)}`],
    ["epoch", `${report.epoch}, after ${epochs.length} earlier`],
    ["names", `${claims.held} held, ${claims.announced} of them announced`],
    ["kept keys", report.rememberedKeys],
    ["values", report.values],
    ["bytes", `${bytes.file}, and ${bytes.log} in the write-ahead log`],
    ...report.problems.map((problem) => ["problem", problem]),
    ["result", report.problems.length === 0 ? "sound" : "damaged"],
  ];
  return lines.map(([name, value]) => `${`${name}:`.padEnd(12)}${value}\n`).join("");
}

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    // A StoreRefused, or an error of the file system or of SQLite; a defect has no code.
    const expected = error instanceof StoreRefused || (error instanceof Error && "code" in error);
    throw expected ? new StartError(error.message.replaceAll(/\s+/g, " "), { cause: error }) : error;
  }
}
