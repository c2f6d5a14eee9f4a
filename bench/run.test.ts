import { expect, it } from "vitest";
import type { Block } from "./plan.js";
import { runBlocks } from "./run.js";
import { peers } from "./systems/index.js";

const subscribers = 5;
const spoken = ["floor", "ws", "grpc-js", "naive-h1"];

it("gets every message to every subscriber once, over lines, WebSocket, HTTP/2 and HTTP/1.1", async () => {
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
