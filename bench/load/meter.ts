import { cpuMicros, kernelTcpBytes, residentBytes } from "../host/proc.js";
import type { Figures, Measured } from "../job.js";

const sampleMs = 250;

/** The cost of some work to the server and this process. */
export interface Cost {
  readonly seconds: number;
  readonly serverMicros: number;
  /** Undefined: there is none. */
  readonly engineMicros: number | undefined;
  readonly shares: Pick<Figures, "serverBusyShare" | "loadBusyShare">;
  readonly memory: Pick<Figures, "startRssBytes" | "maxRssBytes" | "maxKernelTcpBytes">;
}

/** Of the server, or of all that serve one room. */
function total({ serverPid, others = [] }: Measured, of: (pid: number) => number): number {
  return others.reduce((sum, other) => sum + of(other.serverPid), of(serverPid));
}

/** Elapsed time and the server's CPU time. */
export function readClocks(measured: Measured): { readonly ms: number; readonly serverMicros: number } {
  return { ms: performance.now(), serverMicros: total(measured, cpuMicros) };
}

/** Runs `work` between two readings of the server's CPU clock, sampling its memory meanwhile. */
export async function metered<T>(measured: Measured, work: () => Promise<T>): Promise<[T, Cost]> {
  const { enginePid } = measured;
  const engineMicros = () => (enginePid === undefined ? undefined : cpuMicros(enginePid));
  const startRssBytes = total(measured, residentBytes);
  let maxRssBytes = startRssBytes;
  let maxKernelTcpBytes = kernelTcpBytes();
  const sampler = setInterval(() => {
    maxRssBytes = Math.max(maxRssBytes, total(measured, residentBytes));
    maxKernelTcpBytes = Math.max(maxKernelTcpBytes, kernelTcpBytes());
  }, sampleMs);
  const serverBefore = total(measured, cpuMicros);
  const engineBefore = engineMicros();
  const ownBefore = process.cpuUsage();
  const startMs = performance.now();
  try {
    const result = await work();
    const seconds = (performance.now() - startMs) / 1000;
    const own = process.cpuUsage(ownBefore);
    const serverMicros = total(measured, cpuMicros) - serverBefore;
    const engineNow = engineMicros();
    const shares = {
      serverBusyShare: serverMicros / 1e6 / seconds,
      loadBusyShare: (own.user + own.system) / 1e6 / seconds,
    };
    return [
      result,
      {
        seconds,
        serverMicros,
        engineMicros:
          engineNow === undefined || engineBefore === undefined ? undefined : engineNow - engineBefore,
        shares,
        memory: { startRssBytes, maxRssBytes, maxKernelTcpBytes },
      },
    ];
  } finally {
    clearInterval(sampler);
  }
}
