import { expect, it } from "vitest";
import { hasOpenssl, makeCertificate } from "../test/support/certificates.js";
import { hasRedis } from "../test/support/redis-server.js";
import type { Block } from "./block.js";
import { moderationBlock, searchBlock, serversBlocks, tlsBlock } from "./own-blocks.js";
import { tlsSection } from "./report/own-tables.js";
import { runBlocks } from "./run.js";
import { peers } from "./systems/index.js";
import { ours, oursModerated, oursOverTls, oursSearched, oursShared } from "./systems/parlance.js";
import type { System } from "./systems/system.js";

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
    placement: "spread" as const,
  };
  const closed = { kind: "closed", workload: "T32", inFlight: 32, warmSeconds: 0.05, seconds: 0.1 } as const;
  const fixed = {
    kind: "fixed",
    workload: "fixed",
    messagesPerSecond: 100,
    warmSeconds: 0,
    seconds: 0.1,
  } as const;
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

it("bans a crowd, erases what a member sent, and times its responses during logins with secrets", async () => {
  const block = moderationBlock(true);
  const moderation = { ...block.moderation, subscribers, messages: 20 };
  const { rows, failures } = await runBlocks([{ ...block, moderation }], undefined, () => {});
  expect(failures).toEqual([]);
  const found = rows.map(({ system, workload }) => `${system} ${workload}`);
  const workloads = ["no logins", "logins", "erase", "ban"];
  expect(found).toEqual(
    oursModerated.flatMap(({ name }) => workloads.map((workload) => `${name} ${workload}`)),
  );
  for (const { workload, figures } of rows) {
    if (workload === "logins") expect(figures.admitted).toBeGreaterThan(0);
    if (workload === "erase") expect(figures.messages).toBeGreaterThanOrEqual(20);
  }
}, 60_000);

it("times searches in a room that it filled, and the turns of the event loop meanwhile", async () => {
  const block = searchBlock(true);
  const search = { messages: 2_000, searches: 10 };
  const { rows, failures } = await runBlocks([{ ...block, search }], undefined, () => {});
  expect(failures).toEqual([]);
  const found = rows.map(({ system, workload }) => `${system} ${workload}`);
  const workloads = ["first search", "no search", "search"];
  expect(found).toEqual(
    oursSearched.flatMap(({ name }) => workloads.map((workload) => `${name} ${workload}`)),
  );
  for (const { workload, figures } of rows) {
    if (workload === "search") expect(figures.cpuMicrosPerSearch).toBeGreaterThan(0);
  }
}, 60_000);

it.skipIf(!hasOpenssl)(
  "compares TLS with cleartext, of both protocols",
  async () => {
    const block = tlsBlock(true);
    const small = block.visits.map((visit) => ({ ...visit, subscribers }));
    const { rows, failures } = await runBlocks([{ ...block, visits: small }], undefined, () => {});
    expect(failures).toEqual([]);
    const systems = ["parlance-h1", "parlance-h2", "parlance-h1-tls", "parlance-h2-tls"];
    const workloads = ["tls connects", "tls T1", "tls T32"];
    expect(rows.map(({ system, workload }) => `${system} ${workload}`)).toEqual(
      systems.flatMap((system) => workloads.map((workload) => `${system} ${workload}`)),
    );
    for (const { workload, figures } of rows)
      if (workload !== "tls connects") expect(figures).toMatchObject({ faults: 0 });
    const [section] = tlsSection(rows, [...ours, ...oursOverTls]);
    for (const { title } of oursOverTls) expect(section).toMatch(new RegExp(`S = 5: ${title} \\| [\\d.]+`));
  },
  60_000,
);

it.skipIf(!hasOpenssl)(
  "refuses a server whose certificate is not the one expected",
  async () => {
    const { ca } = makeCertificate();
    const [system] = oursOverTls;
    const impostor = {
      ...system!,
      launch: (folder: string, port: number) => ({ ...system!.launch(folder, port), ca: `${ca}` }),
    };
    const { rows, failures } = await runBlocks(
      [{ ...tlsBlock(true), systems: [impostor] }],
      undefined,
      () => {},
    );
    expect(rows).toEqual([]);
    expect(failures.map(({ reason }) => reason)).toEqual([expect.stringMatching(/self-signed certificate/)]);
  },
  60_000,
);

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
}, 120_000);

it.skipIf(!hasRedis())(
  "compares two servers on one engine with one server, and counts the engine's CPU time by itself",
  async () => {
    const blocks = serversBlocks(true).map((block) => ({
      ...block,
      systems: block.systems.filter(({ name }) => name !== "parlance-valkey"),
      visits: block.visits.map((visit) => ({
        ...visit,
        subscribers: Math.min(visit.subscribers, subscribers),
        phases: visit.phases.map((phase) => ({ ...phase, warmSeconds: 0.1, seconds: 0.3 })),
      })),
    }));
    const { rows, failures } = await runBlocks(blocks, undefined, () => {});
    expect(failures).toEqual([]);
    expect(rows.map(({ system, workload }) => `${system} ${workload}`)).toEqual(
      [["servers 200/s"], ["servers 64"], ["servers T1", "servers T8"]].flatMap((visit) =>
        ["parlance-sqlite", "parlance-redis"].flatMap((system) =>
          visit.map((workload) => `${system} ${workload}`),
        ),
      ),
    );
    for (const row of rows) {
      expect(row.figures.faults).toBe(0);
      expect(row.figures.deliveries).toBe(row.subscribers * row.figures.messages!);
      if (row.system === "parlance-redis") expect(row.figures.engineMicrosPerMessage).toBeGreaterThan(0);
      else expect(row.figures.engineMicrosPerMessage).toBeUndefined();
    }
  },
  120_000,
);

it.skipIf(!hasRedis())(
  "names the engine that does not start",
  async () => {
    const [system] = oursShared;
    const broken: System = {
      ...system!,
      launch: (folder, port) => ({
        ...system!.launch(folder, port),
        engine: { command: ["false"], port },
      }),
    };
    const [block] = serversBlocks(true);
    const small = { ...block!, systems: [broken], visits: block!.visits.slice(0, 1) };
    const { rows, failures } = await runBlocks([small], undefined, () => {});
    expect(rows).toEqual([]);
    expect(failures.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/the engine of parlance-redis did not start/),
    ]);
  },
  60_000,
);
