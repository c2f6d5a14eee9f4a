import type { Report, SearchJob } from "../job.js";
import { call, login } from "./dialects/connect-h1.js";
import { createHistogram } from "./histogram.js";
import { type Link, openLink } from "./link.js";
import { metered } from "./meter.js";
import { longestPauseDuring } from "./phases/pauses.js";
import { inParallel, pause } from "./wait.js";

/** Members who fill the room, one message at a time each. */
const writers = 64;
/** Between two searches, as a person who types needs far longer, and the loop is seen at rest, too. */
const betweenMs = 5;

/** Fills the room, then times the first search and the further ones, and what they do to the server's event loop. */
export async function search(job: SearchJob, report: Report): Promise<void> {
  await fill(job);
  const link = await openLink(job, "connectH1");
  const token = await login(link, "reader");
  const find = (text: string) => call(link, "SearchEvents", token, { text, pageSize: 50 });

  const fromMs = performance.now();
  await find(absent);
  report({ workload: "first search", figures: { actionMs: performance.now() - fromMs } });

  const { searches } = job;
  // As many calls that search nothing: the same pauses of the machine and of the garbage collector.
  const [, quiet] = await longestPauseDuring(job.serverPid, () =>
    repeat(searches, () => call(link, "ListUsers", token, {})),
  );
  report({ workload: "no search", figures: quiet });
  for (const text of wanted) await find(text);
  const responses = createHistogram();
  const [[, cost], pauses] = await longestPauseDuring(job.serverPid, () =>
    metered(job, () =>
      repeat(searches, async (n) => {
        const startMs = performance.now();
        const response = await find(wanted[n % wanted.length]!);
        responses.add(performance.now() - startMs, 1);
        if (wanted[n % wanted.length] !== absent && !response.includes('"groupMessage"'))
          throw new Error(`nothing was found: ${response.slice(-300)}`);
      }),
    ),
  );
  report({
    workload: "search",
    figures: {
      messages: job.messages,
      responseP50Ms: responses.quantile(0.5),
      responseP99Ms: responses.quantile(0.99),
      cpuMicrosPerSearch: cost.serverMicros / searches,
      ...pauses,
    },
  });
  link.drop();
}

async function repeat(times: number, work: (n: number) => Promise<unknown>): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await work(n);
    await pause(betweenMs);
  }
}

async function fill(job: SearchJob): Promise<void> {
  const links = new Map<number, Promise<[Link, string]>>();
  const free: number[] = Array.from({ length: writers }, (_, index) => index);
  const enter = async (index: number): Promise<[Link, string]> => {
    const link = await openLink(job, "connectH1");
    return [link, await login(link, `writer${index}`)];
  };
  await inParallel(job.messages, writers, async (n) => {
    const index = free.pop()!;
    const entered = links.get(index) ?? enter(index);
    links.set(index, entered);
    const [link, token] = await entered;
    await call(link, "Broadcast", token, { text: messageText(n) });
    free.push(index);
  });
  for (const entered of links.values()) (await entered)[0].drop();
}

const chinese =
  "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经";
const english = [
  "build",
  "deploy",
  "green",
  "again",
  "Friday",
  "the",
  "release",
  "of",
  "server",
  "room",
  "message",
  "is",
  "to",
  "and",
];

/** Half of them Chinese of 5 to 45 characters, half English of 3 to 23 words; one in a thousand has a rare word. */
export function messageText(n: number): string {
  // A linear congruential generator with the constants of Numerical Recipes: the same room in every run.
  let state = (n * 2_654_435_761) >>> 0;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const rare = n % 1_000 === 7;
  if (n % 2 === 0) {
    const letters = Array.from({ length: 5 + next(41) }, () => chinese[next(chinese.length)]);
    return letters.join("");
  }
  const words = Array.from({ length: 3 + next(21) }, () => english[next(english.length)]!);
  return rare ? `${words.join(" ")} Zebra 斑马` : words.join(" ");
}

/** Nothing has it. */
const absent = "quokka";
/** Absent, rare in Latin letters of the other case and in Chinese, frequent in both. */
const wanted: readonly string[] = [absent, "zebra", "斑马", "FRIDAY", "工作"];
