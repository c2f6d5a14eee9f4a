/** A server that starts while its engine is not there waits for it, and gives up after 30 s. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../support/free-port.js";
import { runServer, spawnServer } from "../support/process.js";
import { hasRedis, type RedisServer, startRedis } from "../support/redis-server.js";

async function started(): Promise<RedisServer> {
  const engine = await startRedis();
  onTestFinished(() => engine.dispose());
  return engine;
}

/** Accepts connections and sends nothing. */
async function startSilent(): Promise<string> {
  const silent = createServer((socket) => void socket.on("error", () => undefined));
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => void silent.close());
  return `redis://127.0.0.1:${(silent.address() as AddressInfo).port}`;
}

describe.skipIf(!hasRedis())("a server without its engine", () => {
  test("gives up with one line where there is none, where it does not reply, and at a replica", async () => {
    const [primary, replica] = [await started(), await started()];
    await replica.command("REPLICAOF", "127.0.0.1", `${primary.port}`);
    const cases: readonly (readonly [url: string, line: RegExp])[] = [
      [`redis://127.0.0.1:${await freePort()}`, /: connect ECONNREFUSED 127\.0\.0\.1:\d+$/],
      [await startSilent(), /: [^:]*3000ms\.$/],
      [replica.url, new RegExp(`is a replica of 127\\.0\\.0\\.1:${primary.port}$`)],
    ];
    await Promise.all(
      cases.map(async ([url, line]) => {
        const { code, stdout, stderr } = await runServer(["--store", url, "--listen", "127.0.0.1:0"]);
        expect([code, stdout]).toEqual([1, ""]);
        const lines = stderr.trimEnd().split("\n");
        expect(lines.pop()).toMatch(/^parlance-server: the store cannot be opened: redis:\S+ /);
        expect(stderr.trimEnd()).toMatch(line);
        // Meanwhile a warning each ten seconds.
        expect(lines.length).toBeGreaterThan(0);
        for (const one of lines)
          expect(JSON.parse(one)).toMatchObject({ level: "warn", msg: "the store cannot be opened yet" });
      }),
    );
  });

  test("starts as soon as a replica has become the primary", async () => {
    const [primary, replica] = [await started(), await started()];
    await replica.command("REPLICAOF", "127.0.0.1", `${primary.port}`);
    const server = spawnServer(["--store", replica.url]);
    onTestFinished(async () => void (await server.stop("SIGKILL")));
    await expect.poll(() => server.output.stderr, { timeout: 10_000 }).toContain("cannot be opened yet");
    await replica.command("REPLICAOF", "NO", "ONE");
    expect(await server.listening).toMatch(/^http:/);
    expect(await server.stop()).toBe(0);
  });
});
