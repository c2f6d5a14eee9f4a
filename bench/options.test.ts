import { expect, it } from "vitest";
import { hasRedis } from "../test/support/redis-server.js";
import { readOptions } from "./options.js";
import { plan } from "./plan.js";

const planOf = (...argv: string[]) => plan(readOptions(argv));

it("by default measures this server beside the peers that a checkout contains", () => {
  const systems = planOf()[0]!.systems.map(({ name }) => name);
  expect(systems).toEqual([
    "parlance-h1",
    "parlance-h2",
    ...["floor", "threads", "ws", "socket.io", "grpc-js", "naive-h1", "naive-h2"],
  ]);
  expect(planOf("--peers", "none")[0]!.systems).toHaveLength(2);
  expect(planOf("--peers", "all")[0]!.systems.map(({ name }) => name)).toContain("inspircd");
  expect(planOf("--peers", "ws,nats")[0]!.systems.slice(2)).toHaveLength(2);
});

it("runs only the named workloads, with the given numbers of subscribers", () => {
  const blocks = planOf("--only", "T1,stalled", "--subscribers", "200", "--rounds", "4");
  expect(blocks.map(({ name, rounds }) => `${name} ${rounds}`)).toEqual(["delivery-200 4", "stalled 4"]);
  const [first] = blocks;
  const phases = first?.kind === "crowd" ? first.visits.flatMap((visit) => visit.phases) : [];
  expect(phases.map(({ workload }) => workload)).toEqual(["T1"]);
  expect(planOf("--only", "replay,fast-path").map(({ name }) => name)).toEqual(["replay", "fast-path"]);
});

it("measures TLS in the quick form only where it is asked for", () => {
  expect(planOf("--quick").map(({ name }) => name)).not.toContain("tls");
  const [block] = planOf("--quick", "--only", "tls");
  expect(block?.kind === "crowd" && block.visits.map(({ subscribers }) => subscribers)).toEqual([100]);
  expect(planOf("--only", "tls").map(({ name, rounds }) => `${name} ${rounds}`)).toEqual(["tls 2"]);
});

it("measures another build beside this one, in memory and on disk", () => {
  const names = planOf(
    "--only",
    "disk,T1",
    "--subscribers",
    "100",
    "--against",
    "x.js",
    "--peers",
    "none",
  ).map(({ systems }) => systems.map(({ name }) => name));
  expect(names).toEqual([
    ["parlance-h1", "parlance-h2", "other-h1", "other-h2"],
    ["parlance-h1", "parlance-sqlite", "other-h1", "other-sqlite"],
  ]);
});

it.skipIf(!hasRedis())(
  "compares two servers on an engine with one, in the quick form where it is asked for",
  () => {
    const [block, ...more] = planOf("--only", "servers", "--peers", "none");
    expect(more).toEqual([]);
    expect(block?.systems.map(({ name }) => name).slice(0, 2)).toEqual(["parlance-sqlite", "parlance-redis"]);
    expect(planOf("--quick").map(({ name }) => name)).not.toContain("servers");
    expect(planOf("--quick", "--only", "servers").map(({ name }) => name)).toEqual(["servers"]);
  },
);

it("names the invalid option", () => {
  expect(() => readOptions(["--peers", "telnet"])).toThrow(/--peers: telnet/);
  expect(() => readOptions(["--only", "T2"])).toThrow(/--only: T2/);
  expect(() => readOptions(["--rounds", "0"])).toThrow(/--rounds: 0/);
  expect(() => readOptions(["--subscribers", "1e9"])).toThrow(/--subscribers: 1e9/);
});
