import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { expect } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { tieToThisProcess } from "../support/children.js";
import { login, type Person } from "../support/people.js";
import { type ServerProcess, startServer } from "../support/process.js";

/** What an attack did to the server and to a reader who has no part in it. */
export interface Damage {
  /** Of the healthy reader, from sending to receiving, before and during the attack. */
  readonly p99BeforeMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** What the machine alone delayed during the attack: the same through a process that does nothing but echo. */
  readonly machineP99Ms: number;
  readonly rssBeforeMib: number;
  /** The most while the attack lasted. */
  readonly rssGrowthMib: number;
  /** How long it lasted. */
  readonly seconds: number;
  /** What the attackers report of themselves. */
  readonly attackers: Readonly<Record<string, unknown>>;
}

/** What an attack may cost. */
const TIMES_P99 = 3;
const GROWTH_MIB = 64;
/**
 * A p99 below this is taken for this. What a peer has until its budget of faults is spent takes the server a third of a
 * second, during which a message waits for some rounds of the event loop and the scheduler; no person sees that.
 */
const P99_FLOOR_MS = 50;
/**
 * An attack that seems to cost more is made again, on a new server: one measurement on a machine that does other work as
 * well proves nothing.
 */
const ATTEMPTS = 3;

/** As on the smallest machines; a larger heap would let garbage lie, which is no growth. */
const HEAP_MIB = 256;
const MESSAGE_EVERY_MS = 10;
const BEFORE_MS = 2_000;
const WARM_UP_ROUNDS = 8;
const WARM_UP_ROUNDS_MAX = 64;
/** A server that grows by less in so many rounds is warm. */
const WARM_MIB = 4;
/** An attack is made for 20 s at most on a quiet machine; on a busy one the attackers need longer for the same. */
const ATTACK_LIMIT_MS = 120_000;

/** A server, and a member at an address that is exempt from budgets. */
export interface Arena {
  readonly server: ServerProcess;
  readonly healthy: Person;
}

export interface AttackOptions {
  /** Further flags of the server. */
  readonly flags?: () => readonly string[];
  /** Before the attack. */
  readonly prepare?: (arena: Arena) => Promise<void>;
  /** During it, once the attackers report that it is ready. */
  readonly during?: (arena: Arena) => Promise<void>;
  /** Afterwards. */
  readonly check?: (arena: Arena, attackers: Damage["attackers"]) => Promise<void> | void;
}

/**
 * Makes an attack of attackers.ts on a server in a process of its own. Throws if the attack ended the server, left it
 * unable to serve, or cost a reader or the memory more than it may.
 */
export async function withstand(name: string, options: AttackOptions = {}): Promise<void> {
  const { prepare, during, check } = options;
  const seen: Damage[] = [];
  while (seen.length < ATTEMPTS) {
    await using arena = await openArena(options);
    await prepare?.(arena);
    const damage = await arena.attack(name, during && (() => during(arena)));
    console.log(`${name}: ${JSON.stringify(damage)}`);
    await isServing(arena);
    await check?.(arena, damage.attackers);
    if (isBearable(damage)) return;
    seen.push(damage);
  }
  throw new Error(`"${name}" cost too much, ${ATTEMPTS} times: ${JSON.stringify(seen)}`);
}

/** The server lives, and a stranger who was not there before gets in. */
export async function isServing({ server }: Arena): Promise<void> {
  expect(server.child.exitCode ?? server.child.signalCode, "the server ended").toBeNull();
  const agent = new Agent({ localAddress: "127.200.0.1" });
  try {
    const transport = createConnectTransport({
      baseUrl: server.url,
      httpVersion: "1.1",
      nodeOptions: { agent },
    });
    const late = await login(transport, "late");
    await late.chat.logout({}, late.options);
  } finally {
    agent.destroy();
  }
}

/**
 * A reader and a sender who go on whatever happens. They are at 127.0.0.1, which is exempt from budgets; every other
 * address of the loopback is a stranger's.
 */
async function openArena({ flags }: AttackOptions) {
  const server = await startServer(["--rate", "0", "--exempt", "127.0.0.1/32", ...(flags?.() ?? [])], {
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}`,
  });
  const healthy = await login(createGrpcTransport({ baseUrl: server.url }), "healthy");
  const pulse = await startPulse(server.url, healthy);
  await warmUp(server, healthy);

  async function attack(name: string, ready?: () => Promise<void>): Promise<Damage> {
    await pulse.caughtUp();
    pulse.take();
    await delay(BEFORE_MS);
    const p99BeforeMs = percentile(pulse.take().delays, 0.99);
    const rssBeforeMib = rssMib(server);
    let most = rssBeforeMib;
    const watch = setInterval(() => {
      most = Math.max(most, rssMib(server));
    }, 50);
    try {
      const { seconds, attackers } = await runAttackers(name, server.url, {
        begun: () => void pulse.take(),
        ready,
      });
      await pulse.caughtUp();
      const { delays, machine } = pulse.take();
      return {
        p99BeforeMs: round(p99BeforeMs),
        p99Ms: round(percentile(delays, 0.99)),
        maxMs: round(percentile(delays, 1)),
        // An attack that ends within milliseconds may be over before the first echo.
        machineP99Ms: machine.length === 0 ? 0 : round(percentile(machine, 0.99)),
        rssBeforeMib: Math.round(rssBeforeMib),
        rssGrowthMib: Math.round(most - rssBeforeMib),
        seconds: round(seconds),
        attackers,
      };
    } finally {
      clearInterval(watch);
    }
  }

  return {
    server,
    healthy,
    attack,
    async [Symbol.asyncDispose]() {
      await pulse.stop();
      await server.stop();
    },
  };
}

function isBearable({ p99BeforeMs, p99Ms, machineP99Ms, rssGrowthMib }: Damage): boolean {
  const usual = Math.max(p99BeforeMs, machineP99Ms, P99_FLOOR_MS);
  return p99Ms <= TIMES_P99 * usual && rssGrowthMib <= GROWTH_MIB;
}

/** Runs attackers.ts; `begun` is called when they begin, `ready` when they report that. */
async function runAttackers(
  name: string,
  url: string,
  on: { begun: () => void; ready: (() => Promise<void>) | undefined },
): Promise<{ seconds: number; attackers: Record<string, unknown> }> {
  const script = join(import.meta.dirname, "attackers.ts");
  const child = tieToThisProcess(
    spawn(process.execPath, ["--import", "tsx", script, name, new URL(url).port], {
      stdio: ["ignore", "pipe", "inherit"],
      timeout: ATTACK_LIMIT_MS,
      killSignal: "SIGKILL",
    }),
  );
  let output = "";
  let since = 0;
  let running: Promise<void> | undefined;
  child.stdout.on("data", (chunk) => {
    output += chunk;
    if (since === 0 && output.includes("begun\n")) {
      since = performance.now();
      on.begun();
    }
    if (output.includes("ready\n")) running ??= on.ready?.();
  });
  const [code] = await once(child, "close");
  await running;
  if (code !== 0) throw new Error(`the attackers of "${name}" failed, or took longer than they may`);
  const attackers = JSON.parse(output.trim().split("\n").at(-1)!) as Record<string, unknown>;
  return { seconds: (performance.now() - since) / 1_000, attackers };
}

interface Pulse {
  /** Resolves when the reader has a message that was sent after this call. */
  caughtUp(): Promise<void>;
  /** Since the last call, in ms: from when a message was due to be sent until the reader had it, and until its echo. */
  take(): { readonly delays: readonly number[]; readonly machine: readonly number[] };
  stop(): Promise<void>;
}

/** Sends at fixed times, whether or not the last message has arrived: a server that pauses delays all that are due. */
async function startPulse(baseUrl: string, sender: Person): Promise<Pulse> {
  const transport = createConnectTransport({ baseUrl, httpVersion: "1.1" });
  const reader = await login(transport, "reader");
  const feed = reader.listen();
  await feed.next("caughtUp");
  let delays: number[] = [];
  let machine: number[] = [];
  let newest = 0;
  let going = true;
  const echo = startEcho((due) => machine.push(performance.now() - due));
  const receive = (async () => {
    while (going) {
      const due = Number((await feed.next("groupMessage")).kind.value.text);
      // Others may talk, too.
      if (Number.isNaN(due)) continue;
      delays.push(performance.now() - due);
      newest = due;
    }
  })();
  const send = (async () => {
    for (let due = performance.now(); going; due += MESSAGE_EVERY_MS) {
      await delay(Math.max(0, due - performance.now()));
      echo.send(due);
      // One that fails does not arrive, and is no delay; a server that is gone is noticed.
      sender.say(String(due)).catch(() => undefined);
    }
  })();
  // Reported when stopped; until then it must not end the process.
  receive.catch(() => undefined);
  return {
    async caughtUp() {
      const since = performance.now();
      while (newest < since) await feed.next("groupMessage");
    },
    take() {
      const taken = { delays, machine };
      [delays, machine] = [[], []];
      return taken;
    },
    async stop() {
      going = false;
      await send;
      echo.stop();
      await feed.close();
      await receive.catch(() => undefined);
    },
  };
}

/** A process that returns what it is sent. */
function startEcho(received: (due: number) => void) {
  const child = tieToThisProcess(
    spawn(process.execPath, ["-e", "process.stdin.pipe(process.stdout)"], {
      stdio: ["pipe", "pipe", "inherit"],
    }),
  );
  createInterface(child.stdout).on("line", (line) => received(Number(line)));
  return {
    send: (due: number) => void child.stdin.write(`${due}\n`),
    stop: () => void child.stdin.end(),
  };
}

/**
 * A server that has never had anything to do grows by its first requests, hostile or not: V8 doubles its young
 * generation up to a limit, and the newest events are kept in memory. Calls until it no longer does.
 */
async function warmUp(server: ServerProcess, { options }: Person): Promise<void> {
  const baseUrl = server.url;
  const transports = [
    createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    createGrpcTransport({ baseUrl }),
  ];
  const chats = transports.map((transport) => createClient(ChatService, transport));
  const round = () =>
    Promise.all(
      chats.flatMap((chat) =>
        Array.from({ length: 50 }, () => [chat.help({}), chat.broadcast({ text: "x" }, options)]).flat(),
      ),
    );
  let before = 0;
  for (let i = 0; i < WARM_UP_ROUNDS_MAX && rssMib(server) > before + WARM_MIB; i += WARM_UP_ROUNDS) {
    before = rssMib(server);
    for (let j = 0; j < WARM_UP_ROUNDS; j++) await round();
  }
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

const round = (value: number) => Math.round(value * 10) / 10;
