import type { Outcome, ReplayJob } from "../job.js";
import { dialects } from "./dialects/index.js";
import { openLink } from "./link.js";
import { createScan, openStream } from "./marker.js";
import { type Cost, metered } from "./meter.js";
import { pause, within } from "./wait.js";

const limitMs = 60_000;
/** The server does what its start left to do, so that it is not charged to the reader. */
const settleMs = 500;

/** Reads everything once for each workload, on a connection and in a name of its own. */
export async function replay(job: ReplayJob, report: (row: Outcome["rows"][number]) => void): Promise<void> {
  await pause(settleMs);
  for (const [index, workload] of job.workloads.entries()) {
    // Of an earlier load client the server may still remember a reader: the name must be new.
    const cost = await readAll(job, `r${process.pid}-${index}`);
    const { messages } = job;
    report({
      workload,
      figures: {
        seconds: cost.seconds,
        deliveries: messages,
        deliveriesPerSecond: messages / cost.seconds,
        cpuMicrosPerDelivery: cost.serverMicros / messages,
        eventsPerCpuSecond: (messages / cost.serverMicros) * 1e6,
        faults: 0,
        ...cost.shares,
        ...cost.memory,
      },
    });
  }
}

/** Rejects unless each message comes, and once. */
async function readAll(job: ReplayJob, nickname: string): Promise<Cost> {
  const { host, port, after, messages, textBytes } = job;
  const dialect = dialects[job.dialect];
  if (dialect.replay === undefined) throw new Error("this protocol cannot read from a place");
  const link = await openLink(host, port);
  let over = false;
  try {
    let failed = (_: string) => {};
    let through = () => {};
    const done = new Promise<void>((resolve, reject) => {
      through = resolve;
      failed = (why) => reject(new Error(why));
    });
    done.catch(() => {});
    const had = new Uint8Array(messages);
    const scan = createScan(textBytes, (stream, id) => {
      if (had[id] !== 0) failed(`message ${id} came twice, or nobody sent it`);
      had[id] = 1;
      if (stream.count === messages) through();
    });
    const stream = openStream();
    const begin = await dialect.replay(link, {
      nickname,
      after,
      reader: (bytes, length) => scan(stream, bytes, length),
      failed: (why) => {
        if (!over) failed(why);
      },
    });
    const [, cost] = await metered(job.serverPid, () => {
      begin();
      return within(done, limitMs, "the replay");
    });
    return cost;
  } finally {
    over = true;
    link.drop();
  }
}
