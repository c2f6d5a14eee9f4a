import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listen, type TestServer } from "../support/server.js";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

const buf = join(root, "node_modules/.bin/buf");

let server: TestServer;
beforeAll(async () => {
  server = await listen();
});
afterAll(() => server.close());

async function curl(...args: string[]): Promise<{ stdout: string; code: number }> {
  const done = await run(buf, ["curl", ...args], { cwd: root }).catch(
    (error: { stdout: string; code: number }) => error,
  );
  return { stdout: done.stdout, code: "code" in done ? done.code : 0 };
}

const rpc = (name: string) => `${server.url}/parlance.v1.ChatService/${name}`;

async function tokenOf(nickname: string, ...args: string[]): Promise<string> {
  const { stdout } = await curl(...args, "--data", JSON.stringify({ nickname }), rpc("Login"));
  return (JSON.parse(stdout) as { token: string }).token;
}

describe("buf curl", () => {
  test("logs in and sends a message, with the schema", async () => {
    const token = await tokenOf("ada", "--schema", "proto");
    const say = ["--schema", "proto", "-H", `authorization: Bearer ${token}`, "--data"];
    expect((await curl(...say, '{"text":"大家好"}', rpc("Broadcast"))).code).toBe(0);
    const { stdout } = await curl(...say, "{}", rpc("ListEvents"));
    expect(stdout).toContain("大家好");
  });

  test("needs no schema: the server supports reflection", async () => {
    const { stdout } = await curl(server.url, "--list-methods");
    for (const name of [
      "Login",
      "Subscribe",
      "Broadcast",
      "SendTo",
      "ListUsers",
      "Help",
      "ToggleIgnore",
      "Logout",
    ])
      expect(stdout).toContain(`parlance.v1.ChatService/${name}\n`);
    const old = await curl(server.url, "--list-services", "--reflect-protocol", "grpc-v1alpha");
    expect(old.stdout).toContain("parlance.v1.ChatService\n");
  });

  test.each(["connect", "grpc", "grpcweb"])("calls over %s by reflection", async (protocol) => {
    const flags = ["--protocol", protocol, "--http2-prior-knowledge"];
    const token = await tokenOf(`bob-${protocol}`, ...flags);
    const authorized = [...flags, "-H", `authorization: Bearer ${token}`];
    await curl(...authorized, "--data", '{"text":"hello"}', rpc("Broadcast"));
    const { stdout } = await curl(...authorized, "--data", "{}", rpc("ListUsers"));
    expect(stdout).toContain(`bob-${protocol}`);
  });

  test("reads the feed until interrupted", async () => {
    const token = await tokenOf("eve", "--schema", "proto");
    const args = ["curl", "--schema", "proto", "-H", `authorization: Bearer ${token}`];
    const child = spawn(buf, [...args, "--data", '{"backlog":20}', rpc("Subscribe")], {
      cwd: root,
      detached: true,
    });
    let stdout = "";
    for await (const chunk of child.stdout) {
      stdout += chunk;
      // The command wraps a binary: the signal is for both.
      if (stdout.includes("caughtUp")) process.kill(-child.pid!, "SIGINT");
    }
    for (const word of ["hello", "joined", "caughtUp"]) expect(stdout).toContain(word);
  });

  test("exits with a code derived from the error", async () => {
    const { code } = await curl("--schema", "proto", "--data", '{"text":"hi"}', rpc("Broadcast"));
    expect(code).toBe(16 * 8); // unauthenticated, times eight
  });
});
