import { expect, test } from "vitest";
import { counterIn, repeatingIn } from "./dead-peers.js";

const HEAD =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const idle =
  "   0: 0100007F:2FC7 0100007F:D1A2 01 00000000:00000000 02:000005B5 00000000     0        0 91 2\n";
const sending =
  "   1: 0100007F:2FC7 0100007F:D1A3 01 00000040:00000000 01:00000014 00000000     0        0 92 4\n";
const repeating =
  "  10: 0100007F:2FC7 0100007F:D1A4 01 00000040:00000000 01:00000014 00000005     0        0 93 4\n";
const probing =
  "1000: 0100007F:2FC7 0100007F:D1A5 01 00000000:00000000 04:00000014 00000000     0        7 94 4\n";
const listening =
  "1001: 0100007F:2FC7 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 95 1\n";

test("connections to which the kernel repeats itself are found in its table", () => {
  const table = HEAD + idle + sending + repeating + probing + listening;
  expect([...repeatingIn(table)]).toEqual([
    ["0100007F:2FC7 0100007F:D1A4", 5],
    ["0100007F:2FC7 0100007F:D1A5", 7],
  ]);
  expect([...repeatingIn("")]).toEqual([]);
});

test("a counter of the kernel's is found by its name", () => {
  const table = "Ip: Forwarding InReceives\nIp: 1 5\nTcp: InSegs RetransSegs OutRsts\nTcp: 10 3 1\n";
  expect(counterIn(table, "Tcp", "RetransSegs")).toBe(3);
  expect(counterIn(table, "Tcp", "Other")).toBeUndefined();
  expect(counterIn("", "Tcp", "RetransSegs")).toBeUndefined();
});
