/** A server of several processes, as its operator and its clients meet it. */
import { copyFileSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { readSamples, type Sample } from "../../server/ops/metrics/samples.js";
import { hasOpenssl, makeCertificate } from "../support/certificates.js";
import { login, refused } from "../support/people.js";
import { runServer, type ServerProcess, startServer, workersOf } from "../support/process.js";
import { proxyHeader } from "../support/proxy-header.js";
import { eventually, openRaw } from "../support/raw-peer.js";
import { hasRedis, startRedis } from "../support/redis-server.js";

const workers = 2;
const SERVES = "a worker serves";
const ENDED = "a worker ended; another one takes its place";

async function start(...flags: string[]): Promise<ServerProcess> {
  const processes = ["--processes", `${workers}`, "--rate", "0", "--locale", "en"];
  const server = await startServer([...processes, ...flags]);
  onTestFinished(() => void server.stop("SIGKILL"));
  return server;
}

function storeFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "parlance-processes-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "room.db");
}

/** Each call has a connection of its own, and so the next worker. */
function everyWorker(baseUrl: string): Transport {
  return createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { agent: new Agent() } });
}

const records = ({ output }: ServerProcess) =>
  output.stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function readyz(url: string): Promise<string> {
  const response = await fetch(`${url}/readyz`, { headers: { connection: "close" } });
  return `${response.status} ${(await response.text()).trim()}`;
}

/** What as many calls as meet every worker return. */
async function readiness({ url }: ServerProcess): Promise<string[]> {
  const all: string[] = [];
  while (all.length < 2 * workers) all.push(await readyz(url));
  return [...new Set(all)];
}

describe("a server of two processes", () => {
  test("is one room: everyone hears everyone, and a call finds what the one before it did", async () => {
    const server = await start("--metrics", "127.0.0.1:0");
    const transport = everyWorker(server.url);
    const people = await Promise.all(["ada", "bob", "cleo", "dan"].map((name) => login(transport, name)));
    const feeds = people.map((person) => person.listen());
    for (const feed of feeds) await feed.next("caughtUp");
    for (const { nickname, chat, say, options } of people) {
      await chat.toggleIgnore({ ignoring: true }, options);
      expect(await refused(say("hello"))).toMatchObject({ reason: "IGNORING" });
      await chat.toggleIgnore({ ignoring: false }, options);
      const sent = await say(`from ${nickname}`, `request of ${nickname}`);
      expect((await say(`from ${nickname}`, `request of ${nickname}`)).cursor).toBe(sent.cursor);
      const { events } = await chat.listEvents({ pageSize: 1 }, options);
      expect(events[0]?.kind).toMatchObject({ value: { text: `from ${nickname}` } });
      const { users } = await chat.listUsers({}, options);
      expect(users.map((user) => user.nickname)).toEqual(["ada", "bob", "cleo", "dan"]);
    }
    for (const feed of feeds)
      for (const { nickname } of people)
        expect((await feed.next("groupMessage")).kind.value.text).toBe(`from ${nickname}`);
    const feedsAt = (await scrape(server)).filter(
      ({ name, value }) => name === "parlance_feeds" && value > 0,
    );
    expect(new Set(feedsAt.map(({ labels }) => labels.process))).toEqual(new Set(["1", "2"]));
    await Promise.all(feeds.map((feed) => feed.close()));
  });

  test("gives a nickname to one of two who ask for it at once", async () => {
    const server = await start();
    const transport = everyWorker(server.url);
    for (let i = 0; i < 20; i++) {
      const names = [`coco${i}`, i % 2 === 0 ? `coco${i}` : `сосо${i}`];
      const both = await Promise.allSettled(names.map((name) => login(transport, name)));
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    }
  });

  test("announces itself once; its log names the worker, and its metrics have the series of each process", async () => {
    const server = await start("--metrics", "127.0.0.1:0");
    await login(everyWorker(server.url), "ada");
    await refused(login(everyWorker(server.url), "ada"));
    await eventually(() => expect(records(server).map(({ msg }) => msg)).toContain("calls refused"));
    const [listening, ...more] = records(server).filter(({ msg }) => msg === "listening");
    expect(more).toEqual([]);
    expect(listening).toMatchObject({ address: new URL(server.url).host, processes: workers });
    const refusal = records(server).find(({ msg }) => msg === "calls refused");
    expect(refusal).toMatchObject({ worker: expect.any(Number), reason: "NICKNAME_TAKEN" });

    const samples = await scrape(server);
    const processesWith = (name: string) =>
      samples.filter((sample) => sample.name === name).map(({ labels }) => labels.process);
    expect(processesWith("process_resident_memory_bytes")).toEqual(["owner", "1", "2"]);
    expect(processesWith("parlance_ready")).toEqual(["1", "2"]);
    expect(processesWith("parlance_store_writable")).toEqual(["owner"]);
    expect(samples.find(({ name }) => name === "parlance_serving_processes")?.value).toBe(workers);
    const types = (await text(server)).match(/^# TYPE .*$/gm)!;
    expect(new Set(types).size).toBe(types.length);

    const status = await runServer(["status", "--metrics", metricsOf(server)]);
    expect(status.stdout).toMatch(/^workers +2 serve, 0 replaced\nready +yes$/m);
    const { port } = new URL(server.url);
    expect(await runServer(["health", "--listen", `127.0.0.1:${port}`])).toMatchObject({
      code: 0,
      stdout: "alive and ready\n",
    });
  });

  test("replaces a worker that is sent SIGTERM; its readers are asked to reconnect, and others notice nothing", async () => {
    const server = await start("--metrics", "127.0.0.1:0", "--drain", "1m");
    const people = await Promise.all(["ada", "bob"].map((name) => login(everyWorker(server.url), name)));
    const feeds = people.map((person) => person.listen());
    for (const feed of feeds) await feed.next("caughtUp");
    const before = workersOf(server);
    process.kill(before[0]!, "SIGTERM");
    const isEnded = (i: number) => feeds[i]!.summary().includes("goodbye");
    await eventually(() => expect([isEnded(0), isEnded(1)]).toContain(true));
    const [ended, other] = isEnded(0) ? [0, 1] : [1, 0];
    expect((await feeds[ended]!.next("goodbye")).kind.value).toMatchObject({ reconnect: true });
    const again = people[ended]!.listen({ after: feeds[ended]!.cursor });
    expect((await again.next("hello")).kind.value).toMatchObject({ resumed: true });
    await people[other]!.say("still here");
    for (const feed of [again, feeds[other]!]) await feed.next("groupMessage");
    await eventually(() => {
      expect(workersOf(server)).toHaveLength(workers);
      expect(workersOf(server)).not.toContain(before[0]);
      expect(records(server).filter(({ msg }) => msg === SERVES)).toHaveLength(workers + 1);
    });
    expect(isEnded(other)).toBe(false);
    expect(records(server).find(({ msg }) => msg === ENDED)).toEqual(
      expect.objectContaining({ pid: before[0], how: "exit code 0", level: "warn" }),
    );
    const restarts = (await scrape(server)).find(({ name }) => name === "parlance_worker_restarts_total");
    expect(restarts?.value).toBe(1);
    await Promise.all([again, ...feeds].map((feed) => feed.close()));
  });

  test("waits longer before it replaces a worker that ends again and again", async () => {
    const server = await start();
    const ended = () => records(server).filter(({ msg }) => msg === ENDED);
    for (let times = 1; times <= 4; times++) {
      const pid = await eventually(() => {
        const serving = records(server).filter(({ msg, worker }) => msg === SERVES && worker === 1);
        expect(serving).toHaveLength(times);
        return Number(serving.at(-1)?.pid);
      });
      process.kill(pid, "SIGKILL");
      await eventually(() => expect(ended()).toHaveLength(times));
    }
    expect(ended().map(({ how, restart_ms }) => [how, restart_ms])).toEqual([
      ["SIGKILL", 0],
      ["SIGKILL", 100],
      ["SIGKILL", 200],
      ["SIGKILL", 400],
    ]);
  });

  test("drains as a whole when all its processes are signalled at once, as a supervisor may do", async () => {
    const server = await start("--drain", "1500ms");
    const transport = everyWorker(server.url);
    const people = await Promise.all(["ada", "bob"].map((name) => login(transport, name)));
    const feeds = people.map((person) => person.listen());
    for (const feed of feeds) await feed.next("caughtUp");
    const all = workersOf(server);
    for (const pid of all) process.kill(pid, "SIGTERM");
    const stopped = server.stop("SIGTERM");
    await eventually(async () => expect(await readiness(server)).toEqual(["503 shutting down"]));
    await people[0]!.say("while draining");
    for (const feed of feeds) {
      await feed.next("groupMessage");
      expect((await feed.next("goodbye")).kind.value).toMatchObject({ reconnect: true });
    }
    expect(await stopped).toBe(0);
    for (const pid of all) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(records(server).filter(({ msg }) => msg === ENDED)).toEqual([]);
  });

  test("ends with its first process, however that ends", async () => {
    const server = await start();
    const all = workersOf(server);
    await server.stop("SIGKILL");
    await eventually(() => {
      for (const pid of all) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    });
  });

  test("is not ready as a whole while the store cannot be written", async () => {
    const path = storeFile();
    const server = await start("--store", `sqlite:${path}`);
    const ada = await login(everyWorker(server.url), "ada");
    expect(await readiness(server)).toEqual(["200 ready"]);
    renameSync(path, `${path}.away`);
    await eventually(async () =>
      expect(await readiness(server)).toEqual(["503 the store cannot be written"]),
    );
    expect(await refused(ada.say("refused"))).toMatchObject({ reason: "STORE_UNAVAILABLE" });
    process.kill(workersOf(server)[0]!, "SIGKILL");
    await eventually(() =>
      expect(records(server).filter(({ msg }) => msg === SERVES)).toHaveLength(workers + 1),
    );
    expect(await readiness(server)).toEqual(["503 the store cannot be written"]);
    renameSync(`${path}.away`, path);
    await eventually(async () => expect(await readiness(server)).toEqual(["200 ready"]));
    await ada.say("accepted");
    expect(records(server).filter(({ msg }) => msg === "the store cannot be written")).toHaveLength(1);
  });

  test.skipIf(!hasOpenssl)("reads its certificate again in every worker on SIGHUP", async () => {
    const [files, next] = [makeCertificate("old"), makeCertificate("new")];
    const server = await start("--tls-cert", files.cert, "--tls-key", files.key);
    copyFileSync(next.key, files.key);
    copyFileSync(next.cert, files.cert);
    server.child.kill("SIGHUP");
    await eventually(() => {
      const read = records(server).filter(({ msg }) => msg === "the certificate was read again");
      expect(new Set(read.map(({ worker }) => worker))).toEqual(new Set([1, 2]));
    });
  });

  test("believes the PROXY header of a trusted proxy at every worker", async () => {
    const server = await start("--trusted-proxy", "127.0.0.1");
    for (let i = 0; i < 2 * workers; i++) {
      const peer = await openRaw(Number(new URL(server.url).port));
      await peer.send(proxyHeader({}), "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
      await peer.ended();
      expect(peer.text()).toMatch(/^HTTP\/1\.1 200 /);
      peer.socket.destroy();
    }
  });
});

describe("--processes", () => {
  test.each(["0", "65", "1.5", "two", "-1", ""])("refuses %j in one line", async (value) => {
    const { code, stdout, stderr } = await runServer([`--processes=${value}`]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      /^parlance-server: --processes: "[^"]*" is not a whole number from 1 to 64 \(see --help\)\n$/,
    );
  });

  test("reports a port in use in one line, and leaves no process", async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void squatter.close());
    const { port } = squatter.address() as { port: number };
    const args = ["--processes", "2", "--listen", `127.0.0.1:${port}`, "--store", "memory:"];
    const { code, stdout, stderr } = await runServer([...args, "--log-level", "error"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^parlance-server: 127\.0\.0\.1:\d+ is in use; .+\n$/);
  });

  test("reports a store that cannot be opened in one line, before any worker starts", async () => {
    const { code, stderr } = await runServer(["--processes", "2", "--store", "sqlite:/proc/none/room.db"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^parlance-server: (?!fault)[^\n]+\n$/);
  });

  test.skipIf(!hasRedis())("lets each worker open a redis: store itself", async () => {
    const engine = await startRedis();
    onTestFinished(() => engine.dispose());
    const server = await start("--store", engine.url, "--metrics", "127.0.0.1:0");
    const ada = await login(everyWorker(server.url), "ada");
    for (let i = 0; i < 2 * workers; i++) await ada.say(`message ${i}`);
    const writable = (await scrape(server)).filter(({ name }) => name === "parlance_store_writable");
    expect(writable.map(({ labels }) => labels.process)).toEqual(["1", "2"]);
    expect(await server.stop()).toBe(0);
  });
});

const metricsOf = (server: ServerProcess) =>
  `${records(server).find(({ msg }) => msg === "listening")?.metrics}`;

async function text(server: ServerProcess): Promise<string> {
  return (await fetch(`http://${metricsOf(server)}/metrics`)).text();
}

async function scrape(server: ServerProcess): Promise<Sample[]> {
  return readSamples(await text(server));
}
