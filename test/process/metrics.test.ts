import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { Code, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { readSamples, type Sample } from "../../server/ops/metrics/samples.js";
import { joinRoom, login, refused } from "../support/people.js";
import { runServer } from "../support/process.js";
import { openServer, type TestServer } from "../support/server.js";
import { protocols } from "../support/transports.js";

let server: TestServer;
beforeEach(async () => {
  server = await openServer({
    flags: ["--metrics", "127.0.0.1:0", "--stall", "1500ms"],
  });
});
afterEach(() => server.close());

async function scrape(): Promise<Sample[]> {
  const response = await fetch(server.metricsUrl!);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  return readSamples(await response.text());
}

/** The sum of the samples with these labels; undefined if there is none. */
function sum(
  samples: readonly Sample[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const found = samples.filter(
    (sample) =>
      sample.name === `parlance_${name}` &&
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  return found.length === 0 ? undefined : found.reduce((total, { value }) => total + value, 0);
}

const CALLS = "rpc_duration_seconds_count";
const protocolOf = (name: string) =>
  name.startsWith("gRPC-Web") ? "grpc-web" : name.startsWith("gRPC") ? "grpc" : "connect";

async function callEach(transport: Transport): Promise<void> {
  const ada = await login(transport, "ada");
  const { chat, options } = ada;
  const feed = ada.listen();
  await feed.next("caughtUp");
  await chat.help({}, options);
  await ada.say("hello");
  await ada.sendTo("ada", "note").catch(() => undefined);
  await refused(ada.sendTo("nobody", "hello"));
  await refused(createClient(ChatService, transport).broadcast({ text: "hello" }));
  await chat.listUsers({}, options);
  await chat.listEvents({}, options);
  await chat.toggleIgnore({ ignoring: true }, options);
  await chat.logout({}, options);
  await feed.ended;
}

describe.each(Object.entries(protocols))("by %s", (name, transport) => {
  test("each call is counted with its code", async () => {
    await callEach(transport(server.url));
    const protocol = protocolOf(name);
    const wanted: [rpc: string, code: string][] = [
      ...["Login", "Help", "Broadcast", "ListUsers", "ListEvents", "ToggleIgnore", "Logout"].map(
        (rpc): [string, string] => [rpc, "ok"],
      ),
      ["SendTo", "not_found"],
      ["Broadcast", "unauthenticated"],
      ["Subscribe", "unauthenticated"],
    ];
    await vi.waitFor(async () => {
      const samples = await scrape();
      const missing = wanted.filter(([rpc, code]) => !sum(samples, CALLS, { rpc, code, protocol }));
      expect(missing).toEqual([]);
      expect(sum(samples, "calls_refused_total", { rpc: "SendTo", reason: "USER_NOT_FOUND" })).toBe(1);
      expect(sum(samples, "feeds_ended_total", { reason: "LOGGED_OUT" })).toBe(1);
      expect(sum(samples, CALLS, { code: "unknown" })).toBeUndefined();
    });
  });
});

test("members, connections, feeds, events and deliveries", async () => {
  const people = await Promise.all(
    Object.entries({ ada: "Connect JSON, HTTP/1.1", bob: "gRPC, h2c", kim: "gRPC-Web, h2c" }).map(
      ([nickname, protocol]) => login(protocols[protocol]!(server.url), nickname),
    ),
  );
  const feeds = people.map((person) => person.listen());
  for (const feed of feeds) await feed.next("caughtUp");
  const before = await scrape();
  await people[0]!.say("hello");
  await people[0]!.sendTo("bob", "psst");
  for (const feed of feeds) await feed.next("groupMessage");
  await feeds[1]!.next("privateMessage");
  const after = await scrape();
  expect(sum(after, "members")).toBe(3);
  expect(sum(after, "connections")).toBeGreaterThanOrEqual(3);
  for (const protocol of ["connect", "grpc", "grpc-web"]) expect(sum(after, "feeds", { protocol })).toBe(1);
  expect(sum(after, "events_appended_total", { kind: "group_message" })).toBe(1);
  expect(sum(after, "events_appended_total", { kind: "private_message" })).toBe(1);
  expect(sum(after, "events_appended_total", { kind: "joined" })).toBe(3);
  // The message for three, the private one for its sender and its recipient.
  expect(sum(after, "deliveries_total")! - sum(before, "deliveries_total")!).toBe(5);
  expect(sum(after, "store_append_duration_seconds_count", { outcome: "ok" })).toBe(5);
  expect(sum(after, "store_writable")).toBe(1);
  expect(sum(after, "ready")).toBe(1);
  expect(sum(after, "reader_lag_events")).toBe(0);
  expect(sum(after, "event_loop_delay_seconds", { quantile: "0.99" })).toBeGreaterThanOrEqual(0);
  expect(after.some(({ name }) => name === "process_resident_memory_bytes")).toBe(true);
});

test("a slow reader shows in the lag, and then among the feeds that were ended", async () => {
  const transport = createGrpcTransport({ baseUrl: server.url });
  const ada = await login(transport, "ada");
  const { port } = new URL(server.url);
  const socket = connect(Number(port), "127.0.0.1");
  await once(socket, "connect");
  const body = Buffer.from([0, 0, 0, 0, 2, 0x7b, 0x7d]);
  socket.write(
    `POST /parlance.v1.ChatService/Subscribe HTTP/1.1\r\nhost: x\r\ncontent-type: application/connect+json\r\nauthorization: Bearer ${ada.token}\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  socket.write(body);
  await server.hasFeeds(1);
  socket.pause();
  const text = "x".repeat(3_900);
  const lags: number[] = [];
  await vi.waitFor(
    async () => {
      // Few at a time: it is ended half a second after it lags.
      await Promise.all(Array.from({ length: 25 }, () => ada.say(text)));
      const samples = await scrape();
      lags.push(sum(samples, "reader_lag_events")!);
      expect(sum(samples, "feeds_ended_total", { reason: "TOO_SLOW" })).toBe(1);
    },
    { timeout: 15_000, interval: 1 },
  );
  expect(Math.max(...lags)).toBeGreaterThan(0);
  socket.destroy();
});

test.each(["Login", "Broadcast"])(
  "a %s that cannot be read is counted, though no handler saw it",
  async (rpc) => {
    const { token } = await login(createGrpcTransport({ baseUrl: server.url }), `sender-${rpc}`);
    const response = await fetch(`${server.url}/parlance.v1.ChatService/${rpc}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: "{",
    });
    expect(response.status).toBe(400);
    await expect.poll(async () => sum(await scrape(), CALLS, { rpc, code: "invalid_argument" })).toBe(1);
  },
);

test("a call that the caller breaks off is counted as canceled", async () => {
  const ada = await login(createGrpcTransport({ baseUrl: server.url }), "ada");
  const leaving = new AbortController();
  const feed = ada.chat.subscribe({}, { ...ada.options, signal: leaving.signal })[Symbol.asyncIterator]();
  await feed.next();
  leaving.abort();
  await expect(feed.next()).rejects.toMatchObject({ code: Code.Canceled });
  await expect
    .poll(async () => sum(await scrape(), CALLS, { rpc: "Subscribe", code: "canceled", protocol: "grpc" }))
    .toBe(1);
});

test("the listener serves nothing but its metrics, and the main port none", async () => {
  const { origin } = new URL(server.metricsUrl!);
  expect((await fetch(origin)).status).toBe(404);
  expect((await fetch(`${origin}/parlance.v1.ChatService/Help`, { method: "POST" })).status).toBe(404);
  expect((await fetch(server.metricsUrl!, { method: "POST" })).status).toBe(405);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
});

describe("status", () => {
  const at = () => new URL(server.metricsUrl!).host;

  test("prints the numbers for a person", async () => {
    const transport = createGrpcTransport({ baseUrl: server.url });
    await joinRoom(transport, "ada");
    await login(transport, "bob");
    const { code, stdout, stderr } = await runServer(["status", "--metrics", at()]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^members {9}1$/m);
    expect(stdout).toMatch(/^silent members {2}1$/m);
    expect(stdout).toMatch(/^store {11}can be written$/m);
    expect(stdout).toMatch(/^Login +2 /m);
  });

  test("fails in one line if no server is there, or another one", async () => {
    const other = new URL(server.url).host;
    expect(await runServer(["status", "--metrics", other])).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^parlance-server: no metrics at [^\n]+ HTTP status 404 [^\n]+\n$/),
    });
    const closed = at();
    await server.close();
    expect(await runServer(["status", "--metrics", closed])).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^parlance-server: no metrics at [^\n]+ ECONNREFUSED [^\n]+\n$/),
    });
  });
});

describe("the Grafana dashboard", () => {
  const dashboard = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../deploy/grafana/parlance.json"), "utf8"),
  ) as { panels: { title: string; targets: { expr: string }[] }[] };
  const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

  /** The names and labels that a server declares, whether there is a sample yet or not. */
  async function declared(): Promise<Map<string, string>> {
    const text = await (await fetch(server.metricsUrl!)).text();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(
      ([, name, type]) => [name!, type!] as const,
    );
    return new Map(types);
  }

  test("asks for series that a server has, with labels that they have", async () => {
    await callEach(createGrpcTransport({ baseUrl: server.url }));
    const [types, samples] = [await declared(), await scrape()];
    const wrong = queries.flatMap((expr) => {
      const [, series = ""] = /\b((?:parlance|process|nodejs)_\w+)\{/.exec(expr) ?? [];
      const base = series.replace(/_(bucket|sum|count)$/, "");
      if (types.get(series) === undefined && types.get(base) !== "histogram") return [`${series} in ${expr}`];
      const sample = samples.find(({ name }) => name === series);
      const grouped = (/ by \(([^)]*)\)/.exec(expr)?.[1] ?? "").split(", ").filter((label) => label !== "");
      const matched = [...expr.matchAll(/(\w+)(?:=~?|!=|!~)"/g)].map(([, label]) => label!);
      return [...grouped, ...matched]
        .filter((label) => sample && label !== "instance" && !(label in sample.labels))
        .map((label) => `${label} of ${series}`);
    });
    expect(queries.length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });

  test("shows every series of the server's own", async () => {
    const own = [...(await declared()).keys()].filter((name) => name.startsWith("parlance_"));
    expect(own.filter((name) => !queries.some((expr) => expr.includes(name)))).toEqual([]);
  });
});
