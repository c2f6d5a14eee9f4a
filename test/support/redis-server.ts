import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tieToThisProcess } from "./children.js";
import { freePort } from "./free-port.js";

/** With these an engine keeps what it acknowledged. */
export const DURABLE: readonly string[] = ["--appendonly", "yes", "--appendfsync", "always"];

/** A program that can be the engine of a redis: store. */
export interface EngineProgram {
  /** As it is found on PATH, or its path. */
  readonly program: string;
  /** Whether it is installed, and Redis 7 or later or Valkey. */
  readonly isUsable: boolean;
  /** Redis 7.0 does not know WAITAOF. */
  readonly knowsWaitaof: boolean;
}

/**
 * The engines that tests run on: what PARLANCE_TEST_ENGINE names, a program or its path, else both that there may be.
 * A test that needs any one of them runs on the first that is usable.
 */
export const engines: readonly EngineProgram[] = (
  process.env.PARLANCE_TEST_ENGINE?.split(",") ?? ["redis-server", "valkey-server"]
).map(programOf);

function programOf(program: string): EngineProgram {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  const [, name, major, minor] = /^(\w+) server v=(\d+)\.(\d+)/.exec(stdout ?? "") ?? [];
  const isUsable = Number(major) >= 7;
  return {
    program,
    isUsable,
    knowsWaitaof: isUsable && (name === "Valkey" || `${major}.${minor}` !== "7.0"),
  };
}

/** Whether there is any engine to run tests on. */
export function hasRedis(): boolean {
  return engines.some(({ isUsable }) => isUsable);
}

function usable(): string {
  const found = engines.find(({ isUsable }) => isUsable);
  if (!found) throw new Error(`not installed: ${engines.map(({ program }) => program).join(", ")}`);
  return found.program;
}

/** A redis-server or valkey-server on loopback with a folder of its own. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Sends one command as words; resolves with the reply as the protocol writes it. */
  command(...words: string[]): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** Ends it, as kill -9 by default, and starts it again on its data. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  dispose(): Promise<void>;
}

/** Starts one. `flags`: instead of those that make it durable. `program`: by default the first that is usable. */
export async function startRedis(
  flags: readonly string[] = DURABLE,
  program = usable(),
): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "parlance-redis-"));
  const port = await freePort();
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const common = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
    child = tieToThisProcess(spawn(program, [...common, ...flags], { stdio: "ignore" }));
    while (
      child.exitCode === null &&
      !/^(\+PONG|-NOAUTH|-NOPERM)/.test(await command("PING").catch(() => ""))
    )
      await new Promise((resolve) => setTimeout(resolve, 5));
    if (child.exitCode !== null)
      throw new Error(`${program} ${flags.join(" ")} ended with ${child.exitCode}`);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    if (!ending) return;
    child = undefined;
    if (ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, "exit");
    ending.kill(signal);
    await exited;
  }

  async function command(...words: string[]): Promise<string> {
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(2_000, () => socket.destroy());
    const written = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("");
    socket.write(`*${words.length}\r\n${written}`);
    try {
      const [reply] = (await once(socket, "data")) as [Buffer];
      return reply.toString();
    } finally {
      socket.destroy();
    }
  }

  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    command,
    start,
    signal: (signal) => void child?.kill(signal),
    async restart(signal = "SIGKILL") {
      await end(signal);
      await start();
    },
    stop: () => end("SIGKILL"),
    async dispose() {
      await end("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
