// PROXY headers of version 2 by hand, as a proxy would send them and as none should.
import { isIPv6 } from "node:net";

export interface ProxyHeaderParts {
  /** Address of the person; the other end is made up. */
  readonly from?: string;
  /** Version in the upper half, command in the lower: 0x20 is LOCAL, 0x21 PROXY. */
  readonly command?: number;
  /** Family and transport; default: TCP of the address. */
  readonly family?: number;
  readonly tlvs?: Buffer;
  /** What the header says of its own length; default: the truth. */
  readonly length?: number;
}

const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");

export function proxyHeader(parts: ProxyHeaderParts): Buffer {
  const { from = "192.0.2.1", command = 0x21, tlvs = Buffer.alloc(0) } = parts;
  const family = parts.family ?? (isIPv6(from) ? 0x21 : 0x11);
  const addresses = [from, isIPv6(from) ? "2001:db8::ffff" : "203.0.113.9"].map(bytesOf);
  const ports = Buffer.from([0xc0, 0x01, 0x01, 0xbb]);
  const rest = Buffer.concat([...addresses, ports, tlvs]);
  const head = Buffer.alloc(4);
  head[0] = command;
  head[1] = family;
  head.writeUInt16BE(parts.length ?? rest.length, 2);
  return Buffer.concat([SIGNATURE, head, rest]);
}

/** A TLV of the kind that spares a receiver nothing but to skip it. */
export function tlv(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(3);
  head[0] = type;
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
}

function bytesOf(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail = ""] = address.split("::");
  const [left, right] = [head, tail].map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(8 - left!.length - right!.length).fill("0");
  const bytes = Buffer.alloc(16);
  for (const [i, group] of [...left!, ...zeros, ...right!].entries())
    bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * i);
  return bytes;
}
