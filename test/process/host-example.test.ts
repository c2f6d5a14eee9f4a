/** The example applications that sign access tokens: what an author of one starts from. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { tieToThisProcess } from "../support/children.js";
import { freePort } from "../support/free-port.js";
import { type ServerProcess, startServer } from "../support/process.js";

const folder = join(import.meta.dirname, "../../examples/host");
const hasPython = spawnSync("python3", ["-c", "import sys; assert sys.version_info >= (3, 11)"]).status === 0;
const hosts = [
  { name: "Node", command: [process.execPath, "host.mjs"], isThere: true },
  { name: "Python", command: ["python3", "host.py"], isThere: hasPython },
];

describe("an application that signs access tokens", () => {
  const secrets = mkdtempSync(join(tmpdir(), "parlance-host-"));
  const secret = join(secrets, "secret");
  let server: ServerProcess;
  beforeAll(async () => {
    writeFileSync(secret, "0123456789abcdef0123456789abcdef\n");
    const access = ["--access-issuer", "https://shop.example.org", "--access-audience", "chat"];
    const flags = ["--store", "memory:", "--entry", "external", "--access-secret-file", secret];
    server = await startServer([...flags, ...access]);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(secrets, { recursive: true });
  });

  async function startHost([program = "", ...args]: readonly string[]): Promise<string> {
    const port = await freePort();
    const child = spawn(program, [...args, secret, `${port}`], {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
    });
    tieToThisProcess(child);
    onTestFinished(async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    });
    await once(child.stdout, "data");
    return `http://127.0.0.1:${port}`;
  }

  /** As a user of the application; undefined if that gives no token. */
  async function tokenOf(host: string, name: string | undefined): Promise<string | undefined> {
    let cookie = "";
    if (name !== undefined) {
      const body = new URLSearchParams({ name });
      const entered = await fetch(`${host}/login`, { method: "POST", body });
      cookie = entered.headers.get("set-cookie")?.split(";")[0] ?? "";
    }
    const response = await fetch(`${host}/token`, { method: "POST", headers: { cookie } });
    const text = await response.text();
    return response.ok ? text : undefined;
  }

  async function enter(accessToken: string) {
    const response = await fetch(`${server.url}/parlance.v1.ChatService/Login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ accessToken }),
    });
    return (await response.json()) as { user?: { id: string } };
  }

  for (const { name, command, isThere } of hosts)
    test.skipIf(!isThere)(`in ${name} lets its users in as who they are there`, async () => {
      const host = await startHost(command);
      const first = await enter((await tokenOf(host, "ada"))!);
      expect(first.user).toMatchObject({ nickname: "ada", registered: true });
      expect((await enter((await tokenOf(host, "ada"))!)).user?.id).toBe(first.user?.id);
      const { user: boss } = await enter((await tokenOf(host, "boss"))!);
      expect(boss).toMatchObject({ nickname: "boss", role: "ROLE_MODERATOR" });
      expect(await tokenOf(host, undefined)).toBeUndefined();
    });
});
