import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tieToThisProcess } from "./children.js";
import { freePort } from "./free-port.js";

const DURABLE = ["--appendonly", "yes", "--appendfsync", "always"];

/** Whether redis-server 7 or later is installed. */
export function hasRedis(): boolean {
  const { stdout } = spawnSync("redis-server", ["--version"], { encoding: "utf8" });
  return Number(/ v=(\d+)\./.exec(stdout ?? "")?.[1]) >= 7;
}

/** A redis-server on loopback with a folder of its own. */
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

/** Starts one. `flags`: instead of those that make it durable. */
export async function startRedis(flags: readonly string[] = DURABLE): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "parlance-redis-"));
  const port = await freePort();
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const common = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
    child = tieToThisProcess(spawn("redis-server", [...common, ...flags], { stdio: "ignore" }));
    while (
      child.exitCode === null &&
      !/^(\+PONG|-NOAUTH|-NOPERM)/.test(await command("PING").catch(() => ""))
    )
      await new Promise((resolve) => setTimeout(resolve, 5));
    if (child.exitCode !== null)
      throw new Error(`redis-server ${flags.join(" ")} ended with ${child.exitCode}`);
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
