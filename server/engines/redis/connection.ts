import { createClient, RESP_TYPES } from "@redis/client";
import type { Observer } from "../../room/observer.js";
import { type Clock, type Ids, Unavailable } from "../../room/ports.js";
import { StoreRefused } from "../store-refused.js";
import { codeOf, mayHaveChanged, openErrorOf, unavailable } from "./outcome.js";
import { Replicas } from "./replicas.js";
import { type Script, scripts } from "./scripts.js";
import { checkServer, checkSettings, fieldsOf, instanceOf } from "./settings.js";

/** A connection without any reply for so long is given up; the pings see to it that there are replies. */
const SILENCE_MS = 3_000;
const PING_MS = 1_000;
/** How often it is looked whether there were replies. */
const LISTEN_MS = 500;
const CONNECT_TIMEOUT_MS = 3_000;
const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 1_000;

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
  /** How many replicas have to have an append before it resolves. */
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
  /** The first error of the connection. */
  private reported: unknown;
  private idle: (() => void) | undefined;
  /** How often it was looked for replies since the last one. */
  private silences = 0;
  private readonly listening: NodeJS.Timeout;
  private readonly replicas: Replicas;

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
        socketTimeout: SILENCE_MS,
        connectTimeout: CONNECT_TIMEOUT_MS,
        reconnectStrategy: (retries: number, cause: Error) => (this.opened ? delayOf(retries) : cause),
      },
      commandOptions: { ...NO_TIMEOUT, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    } as const;
    this.client = createClient({ ...common, disableOfflineQueue: true });
    this.subscriber = createClient(common);
    this.client.on("error", (error: unknown) => this.lost(error));
    this.replicas = new Replicas({
      wanted: options.replicas,
      clock: options.clock,
      send: (...command) => this.send(command),
      write: () => this.send(["HINCRBY", `${this.prefix}g`, "tok", "0"]),
      onReceiptOnly: (why) =>
        this.doubt(
          `its replicas confirm messages before they flush them (${why}), so a power cut may lose some`,
        ),
    });
    this.client.on("ready", () => {
      this.isVerified = false;
      this.replicas.forget();
      if (this.opened) this.verify().catch((error: unknown) => this.lost(error));
    });
    this.client.on("ping-interval", () => this.heard());
    this.subscriber.on("error", () => undefined);
    this.subscriber.on("ready", () => options.onGap());
    this.listening = setInterval(() => this.listen(), LISTEN_MS).unref();
  }

  /** Throws StoreRefused, or Unavailable if waiting may help. */
  async open(): Promise<void> {
    try {
      await this.client.connect();
      // All that may refuse it, before anything is written.
      checkServer(await this.info("server", "replication"), this.named);
      for (const warning of await checkSettings((name) => this.setting(name), this.named))
        this.options.observe({ kind: "store_settings_doubted", warning });
      await this.verify();
      if (!this.options.inspects) await this.prepareToWrite();
      this.opened = true;
    } catch (error) {
      this.destroy();
      throw openErrorOf(error, this.named, this.reported);
    }
  }

  private async prepareToWrite(): Promise<void> {
    await this.subscribe();
    await this.replicas.prepare().catch((error: unknown) => {
      if (!(error instanceof Unavailable) || !(error.cause instanceof Error)) throw error;
      this.doubt(`${error.cause.message}; messages are refused until they are`);
    });
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
      await this.ready(replicated);
      return await this.evaluate(script, args, own, replicated);
    } catch (error) {
      if (codeOf(error) !== "NOTOPEN") throw this.failed(error);
      return await this.runAgain(script, args, own, replicated);
    } finally {
      this.inFlight--;
      if (this.inFlight === 0) this.idle?.();
    }
  }

  /** How the engine keeps its data, by the fields of INFO. Throws Unavailable. */
  async persistence(): Promise<ReadonlyMap<string, string>> {
    await this.ready();
    return this.info("persistence").catch((error: unknown) => this.refuse(error));
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
      await this.ready(replicated);
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
    const { testClock } = this.options;
    const names = [...keys, ...own].map((key) => this.prefix + key);
    const rest = [`${names.length}`, ...names, testClock ? `${testClock.now()}` : "", ...args];
    const call = async (...command: string[]): Promise<Reply> => {
      const result = this.send([...command, ...rest]);
      if (!replicated) return result;
      const [reply, confirmed] = await Promise.allSettled([result, this.replicas.confirm()]);
      if (reply.status === "rejected") throw reply.reason;
      if (confirmed.status === "rejected") throw confirmed.reason;
      return reply.value;
    };
    try {
      return await call("EVALSHA", sha);
    } catch (error) {
      if (codeOf(error) !== "NOSCRIPT") throw error;
      return call("EVAL", text);
    }
  }

  private async send(command: readonly Argument[]): Promise<Reply> {
    try {
      return (await this.client.sendCommand(command.map(toArgument))) as Reply;
    } finally {
      this.heard();
    }
  }

  private heard(): void {
    this.silences = 0;
  }

  /**
   * Gives up a connection that has been silent too long. The socket's timeout does so only while nothing is sent, because
   * each write restarts it. Counted, not measured: a process that was paused has not listened meanwhile.
   */
  private listen(): void {
    const isSilent = this.client.isReady && this.silences * LISTEN_MS >= SILENCE_MS;
    this.silences = this.client.isReady && !isSilent ? this.silences + 1 : 0;
    if (!isSilent) return;
    this.client.destroy();
    this.lost(new Error(`no reply within ${SILENCE_MS} ms`));
    this.client.connect().catch((error: unknown) => this.lost(error));
  }

  private async setting(name: string): Promise<string | undefined> {
    const reply = await this.client.configGet(name);
    const value = Object.entries(reply).find(([key]) => key === name)?.[1];
    return value === undefined ? undefined : `${value}`;
  }

  /** `replicated`: for a write that replicas confirm. */
  private async ready(replicated = false): Promise<void> {
    if (!this.client.isReady)
      throw new Unavailable("not-applied", new Error(`${this.named} is not connected`));
    try {
      if (!this.isVerified) await this.verify();
      if (replicated) await this.replicas.prepare();
    } catch (error) {
      if (mayHaveChanged(error)) this.isVerified = false;
      // What was to be sent is not sent yet.
      throw error instanceof Unavailable ? error : new Unavailable("not-applied", error);
    }
  }

  /** Before anything else is sent on a new connection: an instance that has lost a tail must not append to an old epoch. */
  private verify(): Promise<void> {
    this.verifying ??= this.compare().finally(() => {
      this.verifying = undefined;
    });
    return this.verifying;
  }

  private async compare(): Promise<void> {
    const info = await this.info("server", "replication");
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

  private async info(...sections: string[]): Promise<ReadonlyMap<string, string>> {
    const found = await Promise.all(sections.map((section) => this.send(["INFO", section])));
    return fieldsOf(found.join("\r\n"));
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

  private doubt(doubt: string): void {
    this.options.observe({ kind: "store_settings_doubted", warning: `${this.named}: ${doubt}` });
  }

  private lost(error: unknown): void {
    this.isVerified = false;
    this.reported ??= error;
    if (!this.opened || this.downSinceMs !== undefined) return;
    this.downSinceMs = this.options.clock.monotonic();
    this.options.observe({ kind: "store_failed", error, reopening: true });
  }

  private destroy(): void {
    clearInterval(this.listening);
    for (const client of [this.client, this.subscriber]) if (client.isOpen) client.destroy();
  }
}

function toArgument(value: Argument): string | Buffer {
  return typeof value === "string" ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function delayOf(retries: number): number {
  return Math.min(RECONNECT_MIN_MS * 2 ** retries, RECONNECT_MAX_MS) * (0.5 + Math.random() / 2);
}
