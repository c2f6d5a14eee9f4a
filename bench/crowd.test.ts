import { expect, it } from "vitest";
import type { Block } from "./block.js";
import { crowdBlocks } from "./crowd-blocks.js";
import { plan } from "./plan.js";
import { runBlocks } from "./run.js";
import { peers } from "./systems/index.js";

const ws = peers.filter(({ name }) => name === "ws");
const none = { quick: true, peers: [], disks: [], rounds: 1, subscribers: undefined, only: [] };

/** The quick form of a block with few subscribers, so that it takes seconds. */
function small(name: string): Block {
  const block = crowdBlocks({ quick: true, peers: ws, subscribers: [12] }).find((one) => one.name === name)!;
  if (block.kind === "herd") return block;
  const visits = block.visits.map((visit) => ({
    ...visit,
    warmSubscribers: 0,
    phases: visit.phases.map((phase) =>
      phase.kind === "pause" && phase.during === "quiet"
        ? { ...phase, seconds: 0.1 }
        : phase.kind === "arrivals"
          ? { ...phase, every: 5 }
          : phase,
    ),
  }));
  return { ...block, visits };
}

it("counts arrivals in slices, of this server over both protocols and of a peer", async () => {
  const { rows, failures } = await runBlocks([small("arrivals")], undefined, () => {});
  expect(failures).toEqual([]);
  expect(rows.map(({ system, subscribers }) => `${system} ${subscribers}`)).toEqual(
    ["parlance-h1", "parlance-h2", "ws"].flatMap((name) => [5, 10, 12].map((count) => `${name} ${count}`)),
  );
  for (const { figures } of rows) expect(figures.firstEventP99Ms).toBeGreaterThan(0);
}, 60_000);

it("restarts a server, and finds each missed message exactly once in each feed", async () => {
  const { rows, failures } = await runBlocks([small("herd")], undefined, () => {});
  expect(failures).toEqual([]);
  expect(rows.map(({ system }) => system)).toEqual(["parlance-sqlite", "parlance-sqlite-h2", "ws"]);
  for (const { system, figures } of rows) {
    expect(figures.seconds).toBeGreaterThan(0);
    if (system === "ws") expect(figures.faults).toBeUndefined();
    else {
      expect(figures.faults).toBe(0);
      // Twelve members, each behind another one of the first twelve of twenty messages: 13.5 on average, or more with notices.
      expect(figures.eventsReplayed).toBeGreaterThanOrEqual(13.5);
    }
  }
}, 60_000);

it("reports the pauses of the event loop and the cost of a list", async () => {
  const { rows, failures } = await runBlocks([small("pauses"), small("lists")], undefined, () => {});
  expect(failures).toEqual([]);
  const pauses = rows.filter(({ block }) => block === "pauses");
  expect(pauses).toHaveLength(6);
  for (const { figures } of pauses) expect(figures.longestPauseMs).toBeGreaterThan(0);
  const lists = rows.filter(({ workload }) => workload === "list users");
  expect(lists).toHaveLength(2);
}, 60_000);

it("takes the given numbers of subscribers, and leaves the crowds out of the quick form unless they are named", () => {
  expect(plan(none).map(({ name }) => name)).toEqual(["delivery-100", "delivery-1000", "unary", "idle"]);
  const named = plan({ ...none, only: ["arrivals", "herd", "pauses"], subscribers: [300, 700] });
  expect(
    named.map((block) => [
      block.name,
      block.kind === "crowd"
        ? block.visits.map(({ subscribers }) => subscribers)
        : block.kind === "herd" && block.herds.map(({ subscribers }) => subscribers),
    ]),
  ).toEqual([
    ["arrivals", [700]],
    ["herd", [300, 700]],
    ["pauses", [300, 700]],
  ]);
});
