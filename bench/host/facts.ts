import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, release, totalmem, type } from "node:os";
import { repositoryPath } from "../systems/node.js";
import { serverFile } from "../systems/parlance.js";
import type { System } from "../systems/system.js";
import type { Pinning } from "./cpus.js";
import { cpuMicros } from "./proc.js";

/** Facts about the machine that the figures depend on. */
export interface Facts {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly virtualisation: string;
  readonly kernel: string;
  readonly node: string;
  readonly commit: string;
  readonly server: string;
  readonly pinning: Pinning | "none";
  /** Whether the kernel accounts CPU time precisely enough to judge ratios. */
  readonly exactCpuTime: boolean;
  readonly versions: Readonly<Record<string, string>>;
  /** Requested peers that are not installed. */
  readonly absent: readonly string[];
  readonly arguments: string;
}

function output(command: string, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      cwd: repositoryPath(""),
    });
  } catch {
    return undefined;
  }
}

function virtualisation(): string {
  const seen = ["--vm", "--container"].map((kind) => output("systemd-detect-virt", kind)?.trim());
  const names = seen.filter((name) => name !== undefined && name !== "none");
  if (names.length > 0) return names.join(" and ");
  try {
    return /^flags\s*:.*\bhypervisor\b/m.test(readFileSync("/proc/cpuinfo", "utf8"))
      ? "virtual machine"
      : "none seen";
  } catch {
    return "unknown";
  }
}

function commit(): string {
  const hash = output("git", "rev-parse", "--short=10", "HEAD")?.trim();
  if (hash === undefined) return "unknown";
  const dirty = output(
    "git",
    "status",
    "--porcelain",
    "--untracked-files=no",
    "--",
    "server",
    "gen",
    "package.json",
  );
  return dirty === "" ? hash : `${hash} with changes`;
}

/** Collects facts about the machine, this checkout and the systems to measure. */
export function gatherFacts(
  systems: readonly System[],
  absent: readonly System[],
  pinning: Pinning | undefined,
  argv: readonly string[],
): Facts {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? arch(),
    cores: cpus().length,
    memoryBytes: totalmem(),
    virtualisation: virtualisation(),
    kernel: `${type()} ${release()}`,
    node: process.version,
    commit: commit(),
    server: serverFile(),
    pinning: pinning ?? "none",
    exactCpuTime: Number.isFinite(cpuMicros(process.pid)),
    versions: Object.fromEntries(systems.map((system) => [system.name, system.version() ?? "unknown"])),
    absent: absent.map(({ name }) => name),
    arguments: argv.join(" "),
  };
}
