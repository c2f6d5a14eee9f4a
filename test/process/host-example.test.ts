/** The example applications that sign access tokens: what an author of one starts from. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { accessOf, hosts, startHost } from "../support/host-example.js";
import { type ServerProcess, startServer } from "../support/process.js";

describe("an application that signs access tokens", () => {
  const secrets = mkdtempSync(join(tmpdir(), "parlance-host-"));
  const secret = join(secrets, "secret");
  let server: ServerProcess;
  beforeAll(async () => {
    writeFileSync(secret, "0123456789abcdef0123456789abcdef\n");
    server = await startServer(["--entry", "external", ...accessOf(secret)]);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(secrets, { recursive: true });
  });

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
      const host = await startHost(command, secret);
      onTestFinished(host.stop);
      const first = await enter((await tokenOf(host.url, "ada"))!);
      expect(first.user).toMatchObject({ nickname: "ada", registered: true });
      expect((await enter((await tokenOf(host.url, "ada"))!)).user?.id).toBe(first.user?.id);
      const { user: boss } = await enter((await tokenOf(host.url, "boss"))!);
      expect(boss).toMatchObject({ nickname: "boss", role: "ROLE_MODERATOR" });
      expect(await tokenOf(host.url, undefined)).toBeUndefined();
    });
});
