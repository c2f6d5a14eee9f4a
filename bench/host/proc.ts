import { readdirSync, readFileSync } from "node:fs";

/**
 * CPU time used by the live threads of a process, in microseconds, with the precision of the scheduler's clock
 * (`/proc/PID/task/TID/schedstat`, first field, nanoseconds). NaN if the kernel does not provide it.
 */
export function cpuMicros(pid: number): number {
  let nanos = 0;
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      try {
        nanos += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1").split(" ", 1)[0]);
      } catch (error) {
        // A thread may end between the two calls; a missing schedstat means that nothing can be measured.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH" && task === String(pid)) throw error;
      }
    }
  } catch {
    return Number.NaN;
  }
  return nanos > 0 ? nanos / 1000 : Number.NaN;
}

/** Time that the main thread of a process waited for a CPU that others used, in ms; NaN if unknown. */
export function waitedForCpuMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "latin1").split(" ", 2)[1]) / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** Resident memory of a process in bytes; NaN if `/proc` does not provide it. */
export function residentBytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return Number(kilobytes) * 1024;
  } catch {
    return Number.NaN;
  }
}

/** Connections that the kernel turned away because a listen backlog was full, of the whole machine; NaN if unknown. */
export function listenOverflows(): number {
  try {
    const lines = readFileSync("/proc/net/netstat", "latin1").split("\n");
    const [names, values] = lines.filter((line) => line.startsWith("TcpExt:")).map((line) => line.split(" "));
    return Number(values?.[names?.indexOf("ListenOverflows") ?? -1]);
  } catch {
    return Number.NaN;
  }
}

/** The unit of sockstat: the page size of x86-64 and of nearly every arm64 kernel. */
const pageBytes = 4096;

/** Kernel memory in TCP buffers of the whole machine, both ends of every connection, in bytes; NaN if unknown. */
export function kernelTcpBytes(): number {
  try {
    const pages = /^TCP: .*\bmem (\d+)/m.exec(readFileSync("/proc/net/sockstat", "latin1"))?.[1];
    return Number(pages) * pageBytes;
  } catch {
    return Number.NaN;
  }
}
