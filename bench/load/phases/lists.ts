import type { Figures, Measured } from "../../job.js";
import type { Dialect, ListerNeeds } from "../dialect.js";
import { metered } from "../meter.js";

/** Cost of a whole list of members, all pages, one list after another. */
export async function meterLists(
  measured: Measured,
  times: number,
  dialect: Dialect,
  needs: ListerNeeds,
): Promise<Figures> {
  if (dialect.lister === undefined) throw new Error("this protocol has no list of members");
  const list = await dialect.lister(needs);
  async function repeat(): Promise<void> {
    for (let done = 0; done < times; done += 1) {
      const count = await list();
      if (count <= 1) throw new Error(`a list of ${count} members`);
    }
  }
  await repeat();
  const [, cost] = await metered(measured, repeat);
  return { seconds: cost.seconds, cpuMicrosPerList: cost.serverMicros / times, ...cost.shares };
}
