import type { ReplayJob, Report } from "../job.js";
import { dialects } from "./dialects/index.js";
import { openLink } from "./link.js";
import { createScan, openStream } from "./marker.js";
import { type Cost, metered } from "./meter.js";
import { pause, within } from "./wait.js";

const limitMs = 60_000;
/** Time for the server to finish its start, so that this work is not charged to the reader. */
const settleMs = 500;

/** Reads everything once for each workload, on a connection and with a nickname of its own. */
export async function replay(job: ReplayJob, report: Report): Promise<void> {
  await pause(settleMs);
  for (const [index, workload] of job.workloads.entries()) {
    // The member of an earlier load client may still be online: the nickname must be new.
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

/** Rejects unless each message arrives exactly once. */
async function readAll(job: ReplayJob, nickname: string): Promise<Cost> {
  const { after, messages, textBytes } = job;
  const dialect = dialects[job.dialect];
  if (dialect.replay === undefined) throw new Error("this protocol cannot read from a cursor");
  const link = await openLink(job, job.dialect);
  let over = false;
  try {
    let failed = (_: string) => {};
    let complete = () => {};
    const done = new Promise<void>((resolve, reject) => {
      complete = resolve;
      failed = (why) => reject(new Error(why));
    });
    done.catch(() => {});
    const had = new Uint8Array(messages);
    const scan = createScan(textBytes, (stream, id) => {
      if (had[id] !== 0) failed(`message ${id} is a duplicate, or was never sent`);
      had[id] = 1;
      if (stream.count === messages) complete();
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
    const [, cost] = await metered(job, () => {
      begin();
      return within(done, limitMs, "the replay");
    });
    return cost;
  } finally {
    over = true;
    link.drop();
  }
}
