import { cpuMicros, kernelTcpBytes, residentBytes } from "../host/proc.js";
import type { Figures } from "../job.js";

const sampleMs = 250;

/** The cost of some work to the server and this process. */
export interface Cost {
  readonly seconds: number;
  readonly serverMicros: number;
  readonly shares: Pick<Figures, "serverBusyShare" | "loadBusyShare">;
  readonly memory: Pick<Figures, "startRssBytes" | "maxRssBytes" | "maxKernelTcpBytes">;
}

/** Elapsed time and the server's CPU time. */
export function readClocks(serverPid: number): { readonly ms: number; readonly serverMicros: number } {
  return { ms: performance.now(), serverMicros: cpuMicros(serverPid) };
}

/** Runs `work` between two readings of the server's CPU clock, sampling its memory meanwhile. */
export async function metered<T>(serverPid: number, work: () => Promise<T>): Promise<[T, Cost]> {
  const startRssBytes = residentBytes(serverPid);
  let maxRssBytes = startRssBytes;
  let maxKernelTcpBytes = kernelTcpBytes();
  const sampler = setInterval(() => {
    maxRssBytes = Math.max(maxRssBytes, residentBytes(serverPid));
    maxKernelTcpBytes = Math.max(maxKernelTcpBytes, kernelTcpBytes());
  }, sampleMs);
  const serverBefore = cpuMicros(serverPid);
  const ownBefore = process.cpuUsage();
  const startMs = performance.now();
  try {
    const result = await work();
    const seconds = (performance.now() - startMs) / 1000;
    const own = process.cpuUsage(ownBefore);
    const serverMicros = cpuMicros(serverPid) - serverBefore;
    const shares = {
      serverBusyShare: serverMicros / 1e6 / seconds,
      loadBusyShare: (own.user + own.system) / 1e6 / seconds,
    };
    return [
      result,
      { seconds, serverMicros, shares, memory: { startRssBytes, maxRssBytes, maxKernelTcpBytes } },
    ];
  } finally {
    clearInterval(sampler);
  }
}
