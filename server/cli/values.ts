/** Reads the values of settings. Each reader returns undefined for a text that it cannot read. */
import { isIP } from "node:net";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where the room is kept. */
export type StoreChoice =
  | { readonly kind: "memory" }
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "redis"; readonly url: string };

/** The public keys of an application. */
export type AccessKeysChoice =
  | { readonly kind: "none" }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "url"; readonly url: string };

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `500ms`, `2s`, `1.5m`, `1h` as milliseconds; undefined if it is none. */
export function readDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
  return match ? Math.round(Number(match[1]) * UNITS[match[2]!]!) : undefined;
}

/** Writes milliseconds as `readDuration` reads them, in the largest unit that fits. */
export function writeDuration(ms: number): string {
  const [unit = "ms", size = 1] =
    Object.entries(UNITS)
      .reverse()
      .find(([, size]) => ms >= size && ms % size === 0) ?? [];
  return `${ms / size}${unit}`;
}

export function readStore(text: string): StoreChoice | undefined {
  if (text === "memory:") return { kind: "memory" };
  if (/^rediss?:/.test(text)) return readRedis(text);
  const path = /^sqlite:(.+)$/s.exec(text)?.[1];
  return path === undefined ? undefined : { kind: "sqlite", path };
}

/** redis://[user:password@]host[:port][/db], or rediss:// for TLS. */
function readRedis(url: string): StoreChoice | undefined {
  if (!/^rediss?:\/\/[^/?#]+(\/\d{0,5})?$/.test(url) || !URL.canParse(url)) return undefined;
  return new URL(url).hostname === "" ? undefined : { kind: "redis", url };
}

/** A text without the password of the URL in it, to be shown. */
export function withoutPassword(text: string): string {
  return text.replace(/(?<=^rediss?:\/\/[^@/]*:)[^@/]*(?=@)/, "***");
}

export function readRoomName(text: string): string | undefined {
  return /^[a-z0-9][a-z0-9._-]{0,62}$/i.test(text) ? text : undefined;
}

export function readSize(text: string): number | undefined {
  const match = /^(\d{1,7})(KiB|MiB|GiB)$/.exec(text);
  const bytes = Number(match?.[1]) * 1024 ** (["KiB", "MiB", "GiB"].indexOf(match?.[2] ?? "") + 1);
  return match && bytes >= 64 * 1024 ? bytes : undefined;
}

export function readOrigins(text: string): string[] | undefined {
  const origins = text.split(",").map((origin) => origin.trim());
  if (text === "") return [];
  return origins.every((origin) => origin === "*" || /^https?:\/\/[^/\s]+$/.test(origin))
    ? origins
    : undefined;
}

export function readBlocks(text: string): string[] | undefined {
  if (text === "none" || text === "") return [];
  const blocks = text.split(",").map((block) => block.trim());
  const isBlock = (block: string) => {
    const [address = "", bits, ...rest] = block.split("/");
    const size = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    return (
      size > 0 && rest.length === 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= size))
    );
  };
  return blocks.every(isBlock) ? blocks : undefined;
}

export function readSwitch(text: string): boolean | undefined {
  return text === "on" ? true : text === "off" ? false : undefined;
}

export function readAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) return undefined;
  return { host: match[1] ?? (match[2] || "0.0.0.0"), port };
}

/** As in a URL. */
export function writeAddress({ host, port }: Address): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

export function duration(minMs: number, maxMs: number) {
  return (text: string) => {
    const ms = readDuration(text);
    return ms !== undefined && ms >= minMs && ms <= maxMs ? ms : undefined;
  };
}

export function number(min: number, max: number, whole: boolean) {
  return (text: string) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max && (!whole || Number.isInteger(value)) ? value : undefined;
  };
}

/** Keys that are fetched in cleartext could be anyone's, except from the same machine. */
export function readKeysChoice(text: string): AccessKeysChoice | undefined {
  if (text === "") return { kind: "none" };
  if (!/^[a-z]+:\/\//i.test(text)) return { kind: "file", path: text };
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname } = new URL(text);
  const isLoopback = ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
  return protocol === "https:" || (protocol === "http:" && isLoopback)
    ? { kind: "url", url: text }
    : undefined;
}

/** Where a listener is reached from this machine. */
export function fromThisMachine({ host, port }: Address): Address {
  const wildcards: Record<string, string> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  return { host: wildcards[host] ?? host, port };
}
