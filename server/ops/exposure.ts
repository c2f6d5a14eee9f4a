import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");
loopback.addSubnet("::ffff:127.0.0.0", 104, "ipv6");

/**
 * What an operator should know who lets others reach the server; undefined if there is nothing. `host`: the address that
 * is listened on. `tls`: whether the port speaks TLS.
 */
export function exposureWarning(host: string, tls: boolean): string | undefined {
  const family = isIP(host);
  if (tls || family === 0 || loopback.check(host, family === 6 ? "ipv6" : "ipv4")) return undefined;
  return "others can reach this port, and it has no TLS: tokens and texts cross the network in cleartext; nicknames are not authenticated";
}
