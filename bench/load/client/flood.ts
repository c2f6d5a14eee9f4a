import { pinned } from "../../host/cpus.js";
import type { FloodJob, Report } from "../../job.js";
import { dialects } from "../dialects/index.js";
import { createHistogram, type Histogram } from "../histogram.js";
import { createLedger, type Ledger } from "../ledger.js";
import { openLink } from "../link.js";
import { metered } from "../meter.js";
import { openOutbox } from "../outbox.js";
import { pause, waitUntil } from "../wait.js";
import { openScreen, type Screen } from "./screen.js";

const nickname = "reader";
const publishersAtOnce = 32;
const tickMs = 2;
/** Fast typing: ten keys a second. */
const keyEveryMs = 100;
const longestTyped = 20;
const drainMs = 20_000;

/** A client on a screen under a steady rate of messages, while keys are typed: its CPU time and key latency. */
export async function flood(job: FloodJob, report: Report): Promise<void> {
  const { host, port, client, cpu, messagesPerSecond, warmSeconds, seconds, workload } = job;
  const ledger = createLedger();
  const command = pinned(cpu, [...client, "--server", `http://${host}:${port}`, "--nick", nickname]);
  const screen = openScreen(command);
  try {
    const watch = watchScreen(screen, ledger);
    if (!(await waitUntil(() => watch.shows("connected"), drainMs)))
      throw new Error("the client did not connect");
    let failure: string | undefined;
    const send = await openSender(job, ledger, (why) => {
      failure ??= why;
    });
    const stopTyping = watch.type();
    await send(messagesPerSecond, warmSeconds);
    await waitUntil(() => ledger.underWay === 0, drainMs);
    const [shown, keys] = [createHistogram(), createHistogram()];
    watch.record(keys);
    ledger.record(shown);
    const before = ledger.delivered;
    const [, cost] = await metered({ serverPid: screen.pid }, async () => {
      await send(messagesPerSecond, seconds);
      await waitUntil(() => ledger.underWay === 0, drainMs);
    });
    stopTyping();
    if (failure !== undefined) throw new Error(failure);
    const delivered = ledger.delivered - before;
    report({
      workload,
      figures: {
        seconds: cost.seconds,
        messages: messagesPerSecond * seconds,
        deliveries: delivered,
        deliveriesPerSecond: delivered / cost.seconds,
        undelivered: ledger.underWay,
        faults: ledger.strays,
        clientBusyShare: cost.serverMicros / 1e6 / cost.seconds,
        cpuMicrosPerMessage: cost.serverMicros / delivered,
        p50Ms: shown.quantile(0.5),
        p99Ms: shown.quantile(0.99),
        keyP50Ms: keys.quantile(0.5),
        keyP99Ms: keys.quantile(0.99),
        keyMaxMs: keys.maxMs,
        maxRssBytes: cost.memory.maxRssBytes ?? Number.NaN,
      },
    });
  } finally {
    await screen.close();
  }
}

/** Sends at a steady rate for some seconds; resolves when the last one is sent. */
async function openSender(job: FloodJob, ledger: Ledger, failed: (why: string) => void) {
  const open = () => openLink(job, "connectH1");
  const outbox = await openOutbox(dialects.connectH1, open, job.textBytes, publishersAtOnce, failed);
  const free = Array.from({ length: outbox.slots }, (_, slot) => slot);
  return async (messagesPerSecond: number, seconds: number) => {
    const total = messagesPerSecond * seconds;
    const startMs = performance.now();
    for (let sent = 0; sent < total; ) {
      const due = Math.min(total, Math.floor(((performance.now() - startMs) / 1000) * messagesPerSecond));
      for (; sent < due && free.length > 0; sent += 1) {
        const slot = free.shift()!;
        const id = ledger.open(1, performance.now(), () => {});
        outbox.publish(slot, id, undefined, () => free.push(slot));
      }
      await pause(tickMs);
    }
  };
}

/** Finds markers and typed text in the output of the client, however it is split into chunks. */
function watchScreen(screen: Screen, ledger: Ledger) {
  const markers = /~#(\d{8})~/g;
  /** Longer than any marker, prompt and typed text. */
  const keptLength = 200;
  let tail = "";
  let typed = "";
  let pressedMs: number | undefined;
  let keys: Histogram | undefined;
  screen.read((chunk) => {
    const text = tail + chunk;
    let end = 0;
    for (const found of text.matchAll(markers)) {
      ledger.deliver(Number(found[1]));
      end = found.index + found[0].length;
    }
    // A frame contains the whole input, so its text is not split.
    if (pressedMs !== undefined && text.includes(`${nickname}> ${typed}\r`)) {
      keys?.add(performance.now() - pressedMs, 1);
      pressedMs = undefined;
    }
    tail = text.slice(Math.max(end, text.length - keptLength));
  });
  function press(): void {
    // A person waits for the echo: a late frame delays the next key, and counts in full.
    if (pressedMs !== undefined) return;
    const full = typed.length >= longestTyped;
    typed = full ? "" : typed + String.fromCharCode(97 + typed.length);
    if (!full) pressedMs = performance.now();
    screen.write(full ? "\x15" : typed.at(-1)!);
  }
  return {
    shows: (text: string) => tail.includes(text),
    /** Receives key latencies from now on. */
    record(histogram: Histogram) {
      keys = histogram;
    },
    type() {
      const timer = setInterval(press, keyEveryMs);
      return () => clearInterval(timer);
    },
  };
}
