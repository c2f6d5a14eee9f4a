import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath, getuid, kill } from "node:process";
import { createInterface } from "node:readline";
import { expect, onTestFinished } from "vitest";
import { createSqliteStore } from "../../server/engines/sqlite.js";
import type { Entry, Store } from "../../server/room/ports.js";
import { systemClock, systemIds } from "../../server/system.js";
import { tieToThisProcess } from "../support/children.js";

/** A folder that is removed after the running test. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "parlance-fault-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

/** Mounts until the running test is finished; `args` as for mount, without the folder. */
export function mounted(folder: string, ...args: string[]): string {
  run("mount", ...args, folder);
  // Lazily, since a server that was killed on it may not have ended yet.
  onTestFinished(() => void run("umount", "-l", folder));
  return folder;
}

/** Why mounting is impossible here; undefined if it is possible. `commands` are needed too. */
export function whyNoMounts(...commands: string[]): string | undefined {
  if (getuid?.() !== 0) return "needs root";
  const folder = mkdtempSync(join(tmpdir(), "parlance-probe-"));
  try {
    for (const command of ["mount", "umount", ...commands]) run("sh", "-c", `command -v ${command}`);
    run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder);
    run("umount", folder);
    if (commands.includes("losetup")) run("losetup", "-f");
    return undefined;
  } catch {
    return ["needs mount", ...commands].join(", ");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An open store with the system clock, closed after the running test. */
export async function openStore(path: string): Promise<Store> {
  const store = createSqliteStore({ path, clock: systemClock, ids: systemIds, maxEvents: 1_000_000 });
  await store.open();
  onTestFinished(() => store.close());
  return store;
}

export interface Writer {
  readonly pid: number;
  /** Acknowledged: n of `event-<n>` -> its number in the log. Complete once `gone`. */
  readonly answered: ReadonlyMap<number, number>;
  /** Stopped when this resolves, whatever system call it was in. */
  pause(): Promise<void>;
  kill(): Promise<void>;
}

interface WriterOptions {
  readonly first?: number;
  readonly outstanding?: number;
  readonly synchronous?: "full" | "off";
}

/** Starts store-writer.ts; resolves once it has the store open. */
export async function startWriter(path: string, options: WriterOptions = {}): Promise<Writer> {
  const { first = 1, outstanding = 16, synchronous = "full" } = options;
  const script = join(import.meta.dirname, "store-writer.ts");
  const args = ["--import", "tsx", script, path, `${first}`, `${outstanding}`, synchronous];
  const child = tieToThisProcess(spawn(execPath, args, { stdio: ["ignore", "pipe", "pipe"] }));
  onTestFinished(() => void child.kill("SIGKILL"));
  const answered = new Map<number, number>();
  const lines = createInterface(child.stdout);
  const gone = new Promise<void>((resolve) => lines.once("close", resolve));
  await opening(child, lines, (n, seq) => answered.set(n, seq));
  const pid = child.pid!;
  return {
    pid,
    answered,
    async pause() {
      await freeze(child);
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

type Answer = (n: number, seq: number) => void;

function opening(child: ChildProcess, lines: NodeJS.EventEmitter, answer: Answer): Promise<void> {
  let complaint = "";
  child.stderr?.on("data", (chunk) => {
    complaint += chunk;
  });
  return new Promise((resolve, reject) => {
    lines.on("line", (line: string) => {
      if (line === "open") return resolve();
      const [n, seq] = line.split(" ").map(Number);
      answer(n!, seq!);
    });
    child.once("exit", () => reject(new Error(`the writer ended: ${complaint}`)));
  });
}

/** Stops a process; it is stopped when this resolves, whatever system call it was in. */
export async function freeze(child: ChildProcess): Promise<void> {
  await freezeProcess(child.pid!);
}

/** The same of any process. */
export async function freezeProcess(pid: number): Promise<void> {
  kill(pid, "SIGSTOP");
  await expect.poll(() => stateOf(pid), { timeout: 10_000 }).toBe("T");
}

/** State of a process on Linux: R running, S sleeping, D in a system call, T stopped. */
function stateOf(pid: number): string | undefined {
  return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
}

/** The whole log, checked for gaps. */
export async function readLog(store: Store): Promise<readonly Entry[]> {
  const { first, last } = await store.log.head();
  const { entries } = await store.log.read(null, last - first + 1);
  expect(entries.map((entry) => entry.seq)).toEqual(entries.map((_, i) => first + i));
  expect(entries).toHaveLength(last - first + 1);
  return entries;
}

/** The acknowledged events that are not in the log at their acknowledged number. */
export function lostOf(answered: ReadonlyMap<number, number>, log: readonly Entry[]): number[] {
  const decoder = new TextDecoder();
  const placed = new Map(log.map((entry) => [entry.seq, decoder.decode(entry.data)]));
  return [...answered].filter(([n, seq]) => placed.get(seq) !== `event-${n}`).map(([n]) => n);
}
