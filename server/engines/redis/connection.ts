import { createClient, ErrorReply, RESP_TYPES, ReconnectStrategyError } from "@redis/client";
import type { Observer } from "../../room/observer.js";
import { type Clock, type Ids, Unavailable } from "../../room/ports.js";
import { StoreRefused } from "../store-refused.js";
import { codeOf, mayHaveChanged, unavailable } from "./outcome.js";
import { type Script, scripts } from "./scripts.js";
import { checkServer, checkSettings, fieldsOf, instanceOf } from "./settings.js";

/** A connection without any reply for so long is given up; the pings see to it that there are replies. */
const SOCKET_TIMEOUT_MS = 3_000;
const PING_MS = 1_000;
const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 1_000;

/** How long WAIT waits for the replicas. */
const REPLICAS_MS = 200;
/**
 * A timeout of the client's does not end a command that was written, and costs five times the command. Its types allow
 * none, although its code does.
 */
const NO_TIMEOUT: { readonly timeout?: number } = Object.fromEntries([["timeout", undefined]]);

export interface ConnectionOptions {
  /** redis://[user:password@]host:port[/db], or rediss://. */
  readonly url: string;
  readonly room: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observe: Observer;
  /** A reply without a problem is one of the primary and of so many replicas. */
  readonly replicas: number;
  /** Only reads: nothing is created or changed, and there are no messages. */
  readonly inspects: boolean;
  /** The newest stored format that this process knows, and the one to raise the room to; 0: as it is. */
  readonly knownFormat: number;
  readonly wantedFormat: number;
  /** Instead of the engine's clock, in tests. */
  readonly testClock?: Pick<Clock, "now"> | undefined;
  /** Of each message of the channel. */
  readonly onMessage: (message: Buffer) => void;
  /** Messages may have been lost. */
  readonly onGap: () => void;
}

export type Reply = null | number | string | Buffer | readonly Reply[];
type Argument = string | Uint8Array;

/** Two connections to one engine: for commands, and for the channel on which it announces events. */
export class Connection {
  private readonly client;
  private readonly subscriber;
  private readonly prefix: string;
  /** The engine in messages, without user and password. */
  readonly named: string;
  readonly channel: string;
  /** Whether the instance behind the connection is the one whose epoch is current. */
  private isVerified = false;
  private verifying: Promise<void> | undefined;
  private opened = false;
  private downSinceMs: number | undefined;
  private inFlight = 0;
  private idle: (() => void) | undefined;

  constructor(private readonly options: ConnectionOptions) {
    const { url, room } = options;
    this.named = url.replace(/(?<=:\/\/)[^@/]*@/, "");
    this.prefix = `{parlance:${room}}:`;
    this.channel = `${this.prefix}live`;
    const common = {
      url,
      pingInterval: PING_MS,
      maintNotifications: "disabled",
      socket: {
        socketTimeout: SOCKET_TIMEOUT_MS,
        connectTimeout: CONNECT_TIMEOUT_MS,
        reconnectStrategy: (retries: number, cause: Error) => (this.opened ? delayOf(retries) : cause),
      },
      commandOptions: { ...NO_TIMEOUT, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    } as const;
    this.client = createClient({ ...common, disableOfflineQueue: true });
    this.subscriber = createClient(common);
    this.client.on("error", (error: unknown) => this.lost(error));
    this.client.on("ready", () => {
      this.isVerified = false;
      if (this.opened) this.verify().catch((error: unknown) => this.lost(error));
    });
    this.subscriber.on("error", () => undefined);
    this.subscriber.on("ready", () => options.onGap());
  }

  /** Throws StoreRefused, or Unavailable if waiting may help. */
  async open(): Promise<void> {
    try {
      await this.client.connect();
      await this.verify();
      for (const warning of await checkSettings((name) => this.setting(name), this.named))
        this.options.observe({ kind: "store_settings_doubted", warning });
      if (!this.options.inspects) await this.subscribe();
      this.opened = true;
    } catch (error) {
      this.destroy();
      throw this.openError(error);
    }
  }

  private async subscribe(): Promise<void> {
    await this.subscriber.connect();
    await this.subscriber.subscribe(this.channel, (message) => this.options.onMessage(message), true);
  }

  /** Waits for commands in flight, at most `patienceMs`; then `last`, and disconnects. */
  async close(patienceMs: number, last: () => Promise<unknown>): Promise<void> {
    if (this.inFlight > 0) {
      const idle = new Promise<void>((resolve) => {
        this.idle = resolve;
      });
      await Promise.race([idle, new Promise((resolve) => setTimeout(resolve, patienceMs).unref())]);
    }
    await last().catch(() => undefined);
    this.opened = false;
    this.destroy();
  }

  /** Runs a script. `own`: keys beside the shared ones. Throws Unavailable. */
  async run(
    script: Script,
    args: readonly Argument[],
    own: readonly string[] = [],
    { replicated = false } = {},
  ): Promise<Reply> {
    this.inFlight++;
    try {
      await this.ready();
      return await this.evaluate(script, args, own, replicated);
    } catch (error) {
      if (codeOf(error) !== "NOTOPEN") throw this.failed(error);
      return await this.runAgain(script, args, own, replicated);
    } finally {
      this.inFlight--;
      if (this.inFlight === 0) this.idle?.();
    }
  }

  /** The fields of a section of INFO. Throws Unavailable. */
  async info(section: string): Promise<ReadonlyMap<string, string>> {
    await this.ready();
    return fieldsOf(`${await this.send(["INFO", section]).catch((error: unknown) => this.refuse(error))}`);
  }

  /** Has the engine write its append-only file anew. Throws what the engine replies if it declines. */
  async rewriteFile(): Promise<void> {
    await this.ready();
    await this.send(["BGREWRITEAOF"]);
  }

  /** ms since 1970, by the engine's clock. */
  async time(): Promise<number> {
    const { testClock } = this.options;
    if (testClock) return testClock.now();
    await this.ready();
    const reply = await this.send(["TIME"]).catch((error: unknown) => this.refuse(error));
    const [seconds = "0", micros = "0"] = Array.isArray(reply) ? reply.map(String) : [];
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  }

  /** The engine was emptied or replaced while the connection stood. */
  private async runAgain(
    script: Script,
    args: readonly Argument[],
    own: readonly string[],
    replicated: boolean,
  ): Promise<Reply> {
    try {
      this.isVerified = false;
      await this.ready();
      return await this.evaluate(script, args, own, replicated);
    } catch (error) {
      throw this.failed(error);
    }
  }

  private async evaluate(
    { sha, text, keys }: Script,
    args: readonly Argument[],
    own: readonly string[],
    replicated: boolean,
  ): Promise<Reply> {
    const { testClock, replicas } = this.options;
    const names = [...keys, ...own].map((key) => this.prefix + key);
    const rest = [`${names.length}`, ...names, testClock ? `${testClock.now()}` : "", ...args];
    const call = async (...command: string[]): Promise<Reply> => {
      const result = this.send([...command, ...rest]);
      if (!replicated || replicas === 0) return result;
      // On the same connection right behind it: WAIT is for the latest write of its connection.
      const [reply, reached] = await Promise.all([
        result,
        this.send(["WAIT", `${replicas}`, `${REPLICAS_MS}`]),
      ]);
      if (Number(reached) < replicas)
        throw new Unavailable("unknown", new Error(`${reached} of ${replicas} replicas have it`));
      return reply;
    };
    try {
      return await call("EVALSHA", sha);
    } catch (error) {
      if (codeOf(error) !== "NOSCRIPT") throw error;
      return call("EVAL", text);
    }
  }

  private send(command: readonly Argument[]): Promise<Reply> {
    return this.client.sendCommand(command.map(toArgument)) as Promise<Reply>;
  }

  private async setting(name: string): Promise<string | undefined> {
    const reply = await this.client.configGet(name);
    const value = Object.entries(reply).find(([key]) => key === name)?.[1];
    return value === undefined ? undefined : `${value}`;
  }

  private async ready(): Promise<void> {
    if (this.isVerified && this.client.isReady) return;
    if (!this.client.isReady)
      throw new Unavailable("not-applied", new Error(`${this.named} is not connected`));
    // What was to be sent is not sent yet.
    await this.verify().catch((error: unknown) => {
      throw new Unavailable("not-applied", error);
    });
  }

  /** Before anything else is sent on a new connection: an instance that has lost a tail must not append to an old epoch. */
  private verify(): Promise<void> {
    this.verifying ??= this.compare().finally(() => {
      this.verifying = undefined;
    });
    return this.verifying;
  }

  private async compare(): Promise<void> {
    const info = fieldsOf(
      `${await this.send(["INFO", "server"])}\r\n${await this.send(["INFO", "replication"])}`,
    );
    checkServer(info, this.named);
    const format = this.options.inspects ? await this.format() : await this.reopen(instanceOf(info));
    const { knownFormat } = this.options;
    if (format > knownFormat)
      throw new StoreRefused(
        `${this.named} was written by a newer parlance-server (its format is ${format}, this one knows ${knownFormat})`,
      );
    for (const { text } of Object.values(scripts)) await this.send(["SCRIPT", "LOAD", text]);
    this.isVerified = true;
    if (this.downSinceMs === undefined) return;
    const downMs = this.options.clock.monotonic() - this.downSinceMs;
    this.downSinceMs = undefined;
    this.options.observe({ kind: "store_recovered", downMs });
    this.options.onGap();
  }

  /** Begins an epoch if the instance is not the one of before. Returns the format of the room. */
  private async reopen(instance: string): Promise<number> {
    const { ids, knownFormat, observe, wantedFormat } = this.options;
    const args = [instance, ids.random(), `${knownFormat}`, `${wantedFormat}`];
    const reply = await this.evaluate(scripts.reopen, args, [], false);
    const [format, before] = Array.isArray(reply) ? reply.map(Number) : [];
    if (format === undefined || before === undefined) throw new Error("the reopen script returned no format");
    if (format > before) observe({ kind: "store_format_raised", from: before, to: format });
    return format;
  }

  private async format(): Promise<number> {
    const format = await this.send(["HGET", `${this.prefix}g`, "format"]);
    if (format === null) throw new StoreRefused(`${this.named} has no room ${this.options.room}`);
    return Number(format);
  }

  private refuse(error: unknown): never {
    throw this.failed(error);
  }

  private failed(error: unknown): Unavailable {
    if (mayHaveChanged(error)) this.isVerified = false;
    return unavailable(error);
  }

  private lost(error: unknown): void {
    this.isVerified = false;
    if (!this.opened || this.downSinceMs !== undefined) return;
    this.downSinceMs = this.options.clock.monotonic();
    this.options.observe({ kind: "store_failed", error, reopening: true });
  }

  private openError(thrown: unknown): Error {
    const error = thrown instanceof ReconnectStrategyError ? thrown.originalError : thrown;
    if (error instanceof StoreRefused || error instanceof Unavailable) return error;
    const isRefused = error instanceof ErrorReply && !mayHaveChanged(error);
    const text = error instanceof Error && error.message !== "" ? error.message : codeOfSystem(error);
    if (isRefused) return new StoreRefused(`${this.named} refuses: ${text}`, { cause: error });
    return new Unavailable("not-applied", new Error(`${this.named}: ${text}`, { cause: error }));
  }

  private destroy(): void {
    for (const client of [this.client, this.subscriber]) if (client.isOpen) client.destroy();
  }
}

/** A refused connection to a name with several addresses is an AggregateError without a message. */
function codeOfSystem(error: unknown): string {
  return error instanceof Error && "code" in error ? `${error.code}` : "it cannot be reached";
}

function toArgument(value: Argument): string | Buffer {
  return typeof value === "string" ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function delayOf(retries: number): number {
  return Math.min(RECONNECT_MIN_MS * 2 ** retries, RECONNECT_MAX_MS) * (0.5 + Math.random() / 2);
}
