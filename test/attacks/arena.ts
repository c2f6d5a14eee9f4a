import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { tieToThisProcess } from "../support/children.js";
import { login } from "../support/people.js";
import { type ServerProcess, startServer } from "../support/process.js";

/** What an attack did to the server and to a reader who has no part in it. */
export interface Damage {
  /** Of the healthy reader, from sending to receiving, before and during the attack. */
  readonly p99BeforeMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly rssBeforeMib: number;
  /** The most while the attack lasted. */
  readonly rssGrowthMib: number;
  /** What the attackers report of themselves. */
  readonly attackers: Record<string, unknown>;
}

/** A healthy pair says something so often. */
const EVERY_MS = 25;
const BEFORE_MS = 1_000;
const WARM_UP_ROUNDS = 8;

export interface Arena extends AsyncDisposable {
  readonly server: ServerProcess;
  /** `during` runs while the attack stands, once it says so. */
  attack(name: string, during?: () => Promise<void>): Promise<Damage>;
}

/** A server in a process of its own, and a reader and a sender who go on whatever happens. */
export async function openArena(heapMib?: number, args: readonly string[] = []): Promise<Arena> {
  const heap = heapMib === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${heapMib}` };
  const server = await startServer(["--rate", "0", ...args], heap);
  const port = Number(new URL(server.url).port);
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
  const person = await login(transport, "healthy");
  const feed = person.listen();
  await feed.next("caughtUp");

  await warmUp(server.url);
  let delays: number[] = [];
  let going = true;
  const talk = (async () => {
    while (going) {
      const since = performance.now();
      await person.say("still here");
      await feed.next("groupMessage");
      delays.push(performance.now() - since);
      await delay(EVERY_MS);
    }
  })();
  // Reported by whoever awaits it; until then it must not end the process.
  talk.catch(() => undefined);

  async function attack(name: string, during?: () => Promise<void>): Promise<Damage> {
    delays = [];
    await delay(BEFORE_MS);
    const p99BeforeMs = percentile(delays, 0.99);
    const rssBeforeMib = rssMib(server);
    delays = [];
    let most = rssBeforeMib;
    const watch = setInterval(() => {
      most = Math.max(most, rssMib(server));
    }, 50);
    const script = join(import.meta.dirname, "attackers.ts");
    const child = tieToThisProcess(
      spawn(process.execPath, ["--import", "tsx", script, name, String(port)], {
        stdio: ["ignore", "pipe", "inherit"],
      }),
    );
    let output = "";
    let running: Promise<void> | undefined;
    child.stdout.on("data", (chunk) => {
      output += chunk;
      if (output.includes("ready\n")) running ??= during?.();
    });
    const [code] = await once(child, "exit");
    await running;
    clearInterval(watch);
    if (code !== 0) throw new Error(`the attackers of "${name}" failed`);
    const damage: Damage = {
      p99BeforeMs: round(p99BeforeMs),
      p99Ms: round(percentile(delays, 0.99)),
      maxMs: round(Math.max(...delays)),
      rssBeforeMib: Math.round(rssBeforeMib),
      rssGrowthMib: Math.round(most - rssBeforeMib),
      attackers: JSON.parse(output.trim().split("\n").at(-1)!) as Record<string, unknown>,
    };
    console.log(`${name}: ${JSON.stringify(damage)}`);
    return damage;
  }

  return {
    server,
    attack,
    async [Symbol.asyncDispose]() {
      going = false;
      await talk.catch(() => undefined);
      await feed.close();
      await server.stop();
    },
  };
}

/** A server that has never had anything to do grows by its first requests, whoever sends them. */
async function warmUp(baseUrl: string): Promise<void> {
  const transports = [
    createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    createGrpcTransport({ baseUrl }),
  ];
  const chats = transports.map((transport) => createClient(ChatService, transport));
  const refused = (call: Promise<unknown>) => call.catch(() => undefined);
  for (let i = 0; i < WARM_UP_ROUNDS; i++)
    await Promise.all(
      chats.flatMap((chat) =>
        Array.from({ length: 50 }, () => [
          refused(chat.help({})),
          refused(chat.broadcast({ text: "x" })),
        ]).flat(),
      ),
    );
}

function rssMib({ child }: ServerProcess): number {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1024;
  } catch {
    return Number.NaN;
  }
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

const round = (ms: number) => Math.round(ms * 10) / 10;
