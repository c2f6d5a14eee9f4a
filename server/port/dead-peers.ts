import { readFile } from "node:fs/promises";
import { isIPv6, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

/** One loss or two say nothing. */
const FEWEST_TIMES = 3;
/** Looked at in a round of the event loop. */
const SOCKETS_PER_ROUND = 256;

/**
 * Finds peers that acknowledge nothing, by what the kernel knows of each connection (Linux: proc_net_tcp(5)). TCP
 * keep-alive does not: it rests while data is unacknowledged, and the kernel then retransmits for a quarter of an hour. A
 * slow reader is not among them: it acknowledges, if only that its window is full.
 */
export class DeadPeers {
  /** Since when the kernel has been repeating itself to them, and how often it had at the last look. */
  private readonly silent = new WeakMap<Socket, { readonly sinceMs: number; readonly times: number }>();

  /** Whether there was one at the last look. */
  private hasSilent = false;
  private repeats: number | undefined;

  constructor(private readonly limitMs: number) {}

  /** Those among `sockets` that have been silent for longer than the limit; none where the kernel does not tell. */
  async find(sockets: Iterable<Socket>): Promise<Socket[]> {
    // The table costs the kernel some 5 µs a connection; where nothing was repeated, no peer is silent.
    if (!(await this.hasRepeated()) && !this.hasSilent) return [];
    const tables = await Promise.all([readTable("/proc/net/tcp"), readTable("/proc/net/tcp6")]);
    const repeating = new Map(tables.flatMap((table) => [...repeatingIn(table)]));
    const now = performance.now();
    const dead: Socket[] = [];
    this.hasSilent = false;
    let looked = 0;
    for (const socket of sockets) {
      if (++looked % SOCKETS_PER_ROUND === 0) await nextTurn();
      const times = repeating.size > 0 ? repeating.get(keyOf(socket)) : undefined;
      if (times === undefined) {
        this.silent.delete(socket);
        continue;
      }
      const known = this.silent.get(socket);
      // A count that has fallen began again: something was acknowledged in between.
      const sinceMs = known && times >= known.times ? known.sinceMs : now;
      this.silent.set(socket, { sinceMs, times });
      this.hasSilent = true;
      if (now - sinceMs >= this.limitMs && times >= FEWEST_TIMES) dead.push(socket);
    }
    return dead;
  }

  private async hasRepeated(): Promise<boolean> {
    const [all, extended] = await Promise.all([readTable("/proc/net/snmp"), readTable("/proc/net/netstat")]);
    const counts = [counterIn(all, "Tcp", "RetransSegs"), counterIn(extended, "TcpExt", "TCPWinProbe")];
    const sum = counts.reduce<number>((sum, count) => sum + (count ?? Number.NaN), 0);
    const hasChanged = sum !== this.repeats;
    this.repeats = sum;
    return hasChanged;
  }
}

/** A counter of the kernel's; the names stand in a line before the values. */
export function counterIn(table: string, group: string, name: string): number | undefined {
  const [names, values] = table.split("\n").filter((line) => line.startsWith(`${group}: `));
  const index = names?.split(" ").indexOf(name) ?? -1;
  const value = index < 0 ? undefined : values?.split(" ")[index];
  return value === undefined ? undefined : Number(value);
}

async function readTable(path: string): Promise<string> {
  return readFile(path, "latin1").catch(() => "");
}

/**
 * The connections, as `LOCAL REMOTE` in the table's own notation, to which the kernel repeats itself, and how often it
 * has: by `retrnsmt`, retransmissions, or by `timeout`, probes of a full window. The timers `01` and `04` are of these.
 */
export function* repeatingIn(table: string): Generator<[string, number]> {
  const line = /: (\S+ \S+) 01 [0-9A-F]{8}:[0-9A-F]{8} 0[14]:[0-9A-F]{8} ([0-9A-F]{8}) +\d+ +(\d+) /g;
  for (const [, connection, retransmitted, probed] of table.matchAll(line)) {
    const times = Number.parseInt(retransmitted!, 16) + Number(probed);
    if (times > 0) yield [connection!, times];
  }
}

function keyOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${endOf(localAddress, localPort)} ${endOf(remoteAddress, remotePort)}`;
}

/** An address and port in the table's notation: groups of four bytes in the machine's order, in hexadecimal. */
function endOf(address = "", port = 0): string {
  const bytes = isIPv6(address) ? bytesOfIPv6(address) : address.split(".").map(Number);
  let hex = "";
  // Every Linux that Node runs on is little-endian, s390x apart.
  for (let i = 0; i < bytes.length; i += 4)
    for (let j = 3; j >= 0; j--) hex += (bytes[i + j] ?? 0).toString(16).padStart(2, "0");
  return `${hex}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
}

function bytesOfIPv6(address: string): number[] {
  const plain = address
    .split("%", 1)[0]!
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
      [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(":"),
    );
  const [head = "", tail] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(Math.max(0, zeros)).fill("0"), ...right].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
