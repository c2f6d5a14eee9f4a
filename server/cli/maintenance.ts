import { checkStore, type RoomReport } from "../engines/check.js";
import { createRedisStore } from "../engines/redis.js";
import { backup, check } from "../engines/sqlite/maintenance.js";
import { salvage } from "../engines/sqlite/salvage.js";
import { StoreRefused } from "../engines/store-refused.js";
import { type Clock, type Ids, Unavailable } from "../room/ports.js";
import { StartError } from "./start-error.js";
import { withoutPassword } from "./values.js";

/** The outcome of a check. */
export interface Checked {
  readonly sound: boolean;
  /** For the operator. */
  readonly report: string;
}

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
export function runCheck(path: string): Checked {
  const report = explained(() => check(path));
  const { epochs, claims, bytes } = report;
  return conclude(report.problems, [
    ["store", report.path],
    ["schema", report.schema],
    ...describeEvents(report.events),
    ["epoch", `${report.epoch}, after ${epochs.length} earlier`],
    ["names", `${claims.held} held, ${claims.announced} of them announced`],
    ["kept keys", report.rememberedKeys],
    ["values", report.values],
    ["bytes", `${bytes.file}, and ${bytes.log} in the write-ahead log`],
  ]);
}

/** Checks a room on a store that servers share, also while they use it. Throws StartError if it cannot be read. */
export async function runSharedCheck(
  { url, room }: { readonly url: string; readonly room: string },
  outside: { readonly clock: Clock; readonly ids: Ids },
): Promise<Checked> {
  const warnings: string[] = [];
  const store = createRedisStore({
    ...outside,
    url,
    room,
    inspects: true,
    observe: (observation) => {
      if (observation.kind === "store_settings_doubted") warnings.push(observation.warning);
    },
  });
  try {
    await store.open();
    const { problems, epoch, events, unknown, claims } = await checkStore(store);
    const notShown = unknown === 0 ? [] : [["newer", `${unknown} events that this version does not know`]];
    return conclude(problems, [
      ["store", `${withoutPassword(url)}, room ${room}`],
      ...describeEvents(events),
      ...notShown,
      ["epoch", epoch],
      [
        "names",
        `${claims.held} held, ${claims.announced} of them announced; ${claims.dead} without a server`,
      ],
      ...warnings.map((warning) => ["warning", warning]),
    ]);
  } catch (error) {
    if (error instanceof StoreRefused) throw new StartError(error.message, { cause: error });
    if (!(error instanceof Unavailable)) throw error;
    const { message } = error.cause instanceof Error ? error.cause : error;
    throw new StartError(`the store cannot be read: ${message}`, { cause: error });
  } finally {
    await store.close();
  }
}

type Line = readonly (string | number)[];

function describeEvents({ count, first, last, oldestAt, newestAt }: RoomReport["events"]): Line[] {
  const time = (at: number | null) => (at === null ? "-" : new Date(at).toISOString());
  return [
    ["events", count === 0 ? "none" : `${count}, numbers ${first} to ${last}`],
    ["from, to", `${time(oldestAt)}, ${time(newestAt)}`],
  ];
}

function conclude(problems: readonly string[], facts: readonly Line[]): Checked {
  const sound = problems.length === 0;
  const found = problems.map((problem) => ["problem", problem]);
  const lines = [...facts, ...found, ["result", sound ? "sound" : "damaged"]];
  return { sound, report: lines.map(([name, value]) => `${`${name}:`.padEnd(12)}${value}\n`).join("") };
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
