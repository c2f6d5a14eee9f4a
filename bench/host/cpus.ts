import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The CPUs of the two processes of a measurement; undefined if they cannot be pinned. */
export interface Pinning {
  readonly server: number;
  readonly load: number;
}

function allowedCpus(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? "";
  return list.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    if (first === undefined || last === undefined) return [];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

function coreOf(cpu: number): string {
  try {
    const folder = `/sys/devices/system/cpu/cpu${cpu}/topology`;
    return ["physical_package_id", "core_id"]
      .map((name) => readFileSync(`${folder}/${name}`, "latin1"))
      .join();
  } catch {
    return String(cpu);
  }
}

/** Two CPUs on different cores (two threads of one core would slow each other), if `taskset` and they exist. */
export function choosePinning(): Pinning | undefined {
  if (process.platform !== "linux") return undefined;
  if (spawnSync("taskset", ["--version"], { stdio: "ignore" }).status !== 0) return undefined;
  const [server, ...others] = allowedCpus();
  if (server === undefined) return undefined;
  const load = others.find((cpu) => coreOf(cpu) !== coreOf(server));
  return load === undefined ? undefined : { server, load };
}

/** The command line that runs `command` on one CPU; unchanged without pinning. */
export function pinned(cpu: number | undefined, command: readonly string[]): readonly string[] {
  return cpu === undefined ? command : ["taskset", "--cpu-list", String(cpu), ...command];
}
