import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { peerOf, setOrigin } from "../port/addresses.js";
import type { PortRequest } from "../port/port.js";
import { callers as openCallers } from "./address.js";

function callers(options: { exempt?: string[]; trustedProxies?: string[] } = {}) {
  const untrusted: string[] = [];
  const callerOf = openCallers({
    exempt: [],
    trustedProxies: [],
    ...options,
    onUntrustedProxy: (address) => untrusted.push(address),
  });
  const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
    callerOf({ socket: { remoteAddress }, headers } as unknown as PortRequest).budget;
  return { from, callerOf, untrusted };
}

describe("the address of a caller", () => {
  test.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:0db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["64:ff9b::192.0.2.7", "64:ff9b:0:0::/64"],
    ["", ""],
  ])("%s spends the budget of %s", (remote, budget) => {
    expect(callers().from(remote)).toBe(budget);
  });

  test("is the proxy's where two headers disagree, and then not exempt as the proxy is", () => {
    const { from } = callers({ exempt: ["127.0.0.0/8"], trustedProxies: ["127.0.0.1"] });
    expect(from("127.0.0.1", { "x-forwarded-for": "192.0.2.7" })).toBe("192.0.2.7");
    expect(from("127.0.0.1", { "x-forwarded-for": "192.0.2.7", forwarded: "for=192.0.2.8" })).toBe(
      "127.0.0.1",
    );
    expect(from("127.0.0.1", { "x-forwarded-for": "192.0.2.7", forwarded: "for=127.0.0.1" })).toBe(
      "127.0.0.1",
    );
    expect(from("127.0.0.1")).toBe("");
  });

  test("is empty where it is exempt", () => {
    const { from } = callers({ exempt: ["127.0.0.0/8", "::1", "2001:db8::/32"] });
    const free = ["127.0.0.1", "127.9.9.9", "::ffff:127.0.0.1", "::1", "2001:db8:5::1"];
    expect(free.map((address) => from(address))).toEqual(["", "", "", "", ""]);
    expect(from("128.0.0.1")).toBe("128.0.0.1");
  });
});

describe("the person whom a proxy names", () => {
  const userOf = (
    remoteAddress: string,
    headers: Record<string, string>,
    trustHeader = "x-forwarded-user",
  ) => {
    const trustedProxies = ["10.0.0.1"];
    const callerOf = openCallers({ exempt: [], trustedProxies, trustHeader, onUntrustedProxy: () => {} });
    return callerOf({ socket: { remoteAddress }, headers } as unknown as PortRequest).user;
  };

  test("is named by a trusted proxy alone, in the header that the operator chose", () => {
    expect(userOf("10.0.0.1", { "x-forwarded-user": "ada" })).toBe("ada");
    expect(userOf("10.0.0.2", { "x-forwarded-user": "ada" })).toBeUndefined();
    expect(userOf("10.0.0.2", { "x-forwarded-user": "ada", "x-forwarded-for": "10.0.0.1" })).toBeUndefined();
    expect(userOf("10.0.0.1", { "x-user": "ada" })).toBeUndefined();
    expect(userOf("10.0.0.1", { "x-forwarded-user": "ada" }, "")).toBeUndefined();
  });

  test("is not named where the connection is a client's that a trusted proxy only passes on", () => {
    const socket = { remoteAddress: "10.0.0.1" } as Socket;
    setOrigin(socket, { address: "192.0.2.7", peer: "192.0.2.7", isProxy: false });
    const options = { exempt: [], trustedProxies: ["10.0.0.1"], trustHeader: "x-forwarded-user" };
    const callerOf = openCallers({ ...options, onUntrustedProxy: () => {} });
    const headers = { "x-forwarded-user": "ada" };
    expect(callerOf({ socket, headers } as unknown as PortRequest).user).toBeUndefined();
  });

  test("is written in UTF-8, and is nobody where the header was sent twice or is no name", () => {
    const latin1 = Buffer.from("小明", "utf8").toString("latin1");
    expect(userOf("10.0.0.1", { "x-forwarded-user": latin1 })).toBe("小明");
    const values = ["", "  ", "eve, ada", "a\tb", "\xff", "x".repeat(256)];
    for (const value of values) expect(userOf("10.0.0.1", { "x-forwarded-user": value })).toBeUndefined();
  });
});

describe("behind a proxy", () => {
  const trusting = () => callers({ trustedProxies: ["10.0.0.0/8", "::1"], exempt: ["127.0.0.0/8"] });

  test.each([
    ["198.51.100.1", "198.51.100.1"],
    ["6.6.6.6, 198.51.100.1", "198.51.100.1"],
    ["6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"],
    ["6.6.6.6,198.51.100.1:5000", "198.51.100.1"],
    ["[2001:db8::1]:5000", "2001:db8:0:0::/64"],
    ["10.0.0.3", "10.0.0.3"],
    ["6.6.6.6, unknown", "10.0.0.1"],
    ["6.6.6.6, <script>, 10.0.0.2", "10.0.0.2"],
    ["", "10.0.0.1"],
  ])("X-Forwarded-For: %s is walked from the right to %s", (list, budget) => {
    expect(trusting().from("10.0.0.1", { "x-forwarded-for": list })).toBe(budget);
  });

  test.each([
    ["for=198.51.100.1;proto=https", "198.51.100.1"],
    ['for=6.6.6.6, For="[2001:db8::1]:80";by=10.0.0.1', "2001:db8:0:0::/64"],
    ["for=6.6.6.6, for=_hidden", "10.0.0.1"],
  ])("Forwarded: %s is walked to %s", (forwarded, budget) => {
    expect(trusting().from("10.0.0.1", { forwarded })).toBe(budget);
  });

  test("two headers that disagree are both disbelieved", () => {
    const headers = { "x-forwarded-for": "198.51.100.1", forwarded: "for=6.6.6.6" };
    expect(trusting().from("10.0.0.1", headers)).toBe("10.0.0.1");
    expect(trusting().from("10.0.0.1", { ...headers, forwarded: "for=198.51.100.1" })).toBe("198.51.100.1");
  });

  test("a header of a caller that is no proxy is disbelieved, and reported once", () => {
    const { from, untrusted } = trusting();
    expect(from("192.0.2.7", { "x-forwarded-for": "127.0.0.1" })).toBe("192.0.2.7");
    expect(from("192.0.2.8", { forwarded: "for=127.0.0.1" })).toBe("192.0.2.8");
    expect(untrusted).toEqual(["192.0.2.7"]);
  });

  test("a caller that a PROXY header names is believed no header of its own", () => {
    const { callerOf, untrusted } = trusting();
    const named = (address: string) => {
      const socket = { remoteAddress: "10.0.0.1" } as Socket;
      setOrigin(socket, { address, peer: peerOf(address), isProxy: false });
      return callerOf({
        socket,
        headers: { "x-forwarded-for": "198.51.100.1" },
      } as unknown as PortRequest).address;
    };
    expect(named("192.0.2.7")).toBe("192.0.2.7");
    expect(named("10.0.0.2")).toBe("198.51.100.1");
    expect(untrusted).toEqual([]);
  });
});

test("members are counted where they come from, exempt networks but loopback apart", () => {
  const { callerOf } = callers({ exempt: ["127.0.0.0/8", "::1", "10.0.0.0/8"] });
  const placeOf = (remoteAddress: string) =>
    callerOf({ socket: { remoteAddress }, headers: {} } as unknown as PortRequest).place;
  const places = ["127.0.0.1", "::1", "10.0.0.7", "192.0.2.7"].map(placeOf);
  expect(places).toEqual(["127.0.0.1", "0:0:0:0::/64", "", "192.0.2.7"]);
});
