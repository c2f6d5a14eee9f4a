import { expect, it } from "vitest";
import type { Block } from "./block.js";
import { runBlocks } from "./run.js";
import { peers } from "./systems/index.js";
import { ours } from "./systems/parlance.js";

const subscribers = 5;
const spoken = ["floor", "ws", "grpc-js", "naive-h1"];

it("delivers every message to every subscriber exactly once, over lines, WebSocket, HTTP/2 and HTTP/1.1", async () => {
  const visit = {
    subscribers,
    ignoringShare: 0,
    stalledShare: 0,
    textBytes: 80,
    warmSubscribers: 0,
    arriving: false,
  };
  const closed = { kind: "closed", workload: "T32", inFlight: 32, warmSeconds: 0.05, seconds: 0.1 } as const;
  const fixed = { kind: "fixed", workload: "fixed", messagesPerSecond: 100, seconds: 0.1 } as const;
  const block: Block = {
    kind: "crowd",
    name: "small",
    rounds: 1,
    systems: peers.filter(({ name }) => spoken.includes(name)),
    visits: [{ ...visit, phases: [{ ...closed, privateShare: 0 }, fixed] }],
  };
  const { rows, failures } = await runBlocks([block], undefined, () => {});
  expect(failures).toEqual([]);
  expect(rows.map(({ system, workload }) => `${system} ${workload}`)).toEqual(
    spoken.flatMap((name) => [`${name} T32`, `${name} fixed`]),
  );
  for (const { figures } of rows) {
    expect(figures.faults).toBe(0);
    expect(figures.messages).toBeGreaterThan(0);
    expect(figures.deliveries).toBe(subscribers * figures.messages!);
  }
}, 60_000);

it("times the starts of the terminal client, and finds every message exactly once in its output", async () => {
  const block: Block = {
    kind: "client",
    name: "client",
    rounds: 1,
    systems: ours.slice(0, 1),
    starts: 1,
    floods: [{ workload: "flood", messagesPerSecond: 100, warmSeconds: 0.2, seconds: 1, textBytes: 80 }],
  };
  const { rows, failures } = await runBlocks([block], undefined, () => {});
  expect(failures).toEqual([]);
  expect(rows.map(({ workload }) => workload)).toEqual([
    "start node",
    "start help",
    "start first frame",
    "flood",
  ]);
  for (const { figures } of rows.slice(0, 3)) expect(figures.startMs).toBeGreaterThan(0);
  expect(rows.at(-1)?.figures).toMatchObject({ deliveries: 100, undelivered: 0, faults: 0 });
  expect(rows.at(-1)?.figures.keyP50Ms).toBeGreaterThan(0);
}, 60_000);
