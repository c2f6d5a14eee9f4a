import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Authority,
  hasOpenssl,
  type IssueOptions,
  makeAuthority,
  makeCertificate,
} from "../support/certificates.js";
import { useBundle } from "./support/bundle.js";
import { createHome } from "./support/home.js";
import { createRunner } from "./support/pipe.js";
import { openRoom, type Room } from "./support/server.js";

const { run, start } = createRunner(useBundle());

/** A server with a certificate of the authority, under a name that leads to loopback. */
async function openTlsRoom(authority: Authority, options?: IssueOptions): Promise<Room> {
  const { cert, key } = authority.issue(options);
  return openRoom("--tls-cert", cert, "--tls-key", key);
}

// Seven programs one after the other, on a busy machine.
describe.skipIf(!hasOpenssl)(
  "a server with a certificate of a private authority (needs openssl)",
  { timeout: 60_000 },
  () => {
    let authority: Authority;
    let room: Room;
    beforeAll(async () => {
      authority = makeAuthority();
      room = await openTlsRoom(authority);
    });
    afterAll(() => room?.[Symbol.asyncDispose]());

    const trusting = () => ["-s", room.url, "--ca", authority.cert];

    test("every command works with --ca", async () => {
      using home = createHome();
      const { env } = home;
      expect(await run(["login", ...trusting(), "-n", "ada"], { env })).toMatchObject({
        code: 0,
        stderr: "",
      });
      expect(await run(["send", ...trusting(), "hello"], { env })).toMatchObject({ code: 0, stderr: "" });
      expect((await run(["who", ...trusting()], { env })).stdout).toContain("ada");
      expect((await run(["tail", ...trusting()], { env })).stdout).toContain("ada: hello");
      expect(await run(["logout", ...trusting()], { env })).toMatchObject({ code: 0, stderr: "" });
      const doctor = await run(["doctor", ...trusting()], { env });
      expect(doctor).toMatchObject({ code: 0, stderr: "" });
      expect(doctor.stdout).toContain(`${room.url}, parlance-server/`);
      const piped = await run([...trusting(), "-n", "bob"], { env, input: "in a pipe\n" });
      expect(piped).toMatchObject({ code: 0, stderr: "" });
      expect(piped.stdout).toContain("bob: in a pipe");
    });

    test("--ca comes from the environment and the config file, too", async () => {
      using home = createHome();
      const who = ["who", "-s", room.url, "-n", "eve"];
      const byVariable = await run(who, { env: { ...home.env, PARLANCE_CA: authority.cert } });
      expect(byVariable).toMatchObject({ code: 0, stderr: "" });
      const folder = join(home.path, "config", "parlance");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "config.json"), JSON.stringify({ ca: authority.cert }));
      expect(await run(who, { env: home.env })).toMatchObject({ code: 0, stderr: "" });
      // What Node trusts by a variable is trusted beside it.
      const other = makeAuthority();
      const both = { ...home.env, NODE_EXTRA_CA_CERTS: authority.cert, PARLANCE_CA: other.cert };
      expect(await run(who, { env: both })).toMatchObject({ code: 0, stderr: "" });
    });

    test("a feed over TLS is live", async () => {
      const reader = start(["--json", ...trusting(), "-n", "kim"]);
      await reader.says('"CONNECTED"');
      await run(["send", ...trusting(), "-n", "lea", "over TLS"]);
      await reader.says('"text":"over TLS"');
      reader.child.stdin?.end();
      expect(await reader.done).toMatchObject({ code: 0, stderr: "" });
    });

    test.each(["who", "send hi", "tail", "login", "doctor", "", "--json", "--plain"])(
      "without it `parlance %s` says what to do, in one line",
      async (command) => {
        const args = [...command.split(" ").filter(Boolean), "-s", room.url, "--nick", "ned"];
        const { code, stdout, stderr } = await run(args, { input: "" });
        expect(code).toBe(3);
        const text = command === "doctor" ? /^connection +(.*)\n/m.exec(stdout)?.[1] : stderr;
        expect(text).toContain(`cannot trust ${room.url}: `);
        expect(text).toMatch(/authority that this machine does not know.*--ca FILE.*NODE_EXTRA_CA_CERTS/);
        expect(stderr.split("\n")).toHaveLength(command === "doctor" ? 1 : 2);
      },
    );
  },
);

interface WrongCertificate {
  readonly options: IssueOptions;
  readonly en: RegExp;
  readonly zh: RegExp;
}

describe.skipIf(!hasOpenssl)("a certificate that cannot be trusted (needs openssl)", () => {
  const cases: Record<string, WrongCertificate> = {
    "has expired": { options: { from: -3, until: -1 }, en: /has expired/, zh: /已过期/ },
    "is not valid yet": { options: { from: 1, until: 3 }, en: /is not valid yet/, zh: /还没有生效/ },
    "is for other names": {
      options: { names: ["chat.example.org", "10.0.0.1"] },
      en: /is not for 127\.0\.0\.1 but for chat\.example\.org, 10\.0\.0\.1\b/,
      zh: /不是给 127\.0\.0\.1 的，而是给 chat\.example\.org, 10\.0\.0\.1 的/,
    },
  };

  test.each(Object.entries(cases))(
    "%s: both languages name it in one line",
    async (_name, { options, en, zh }) => {
      const authority = makeAuthority();
      await using room = await openTlsRoom(authority, options);
      for (const [lang, words] of [
        ["en", en],
        ["zh-CN", zh],
      ] as const) {
        const args = ["who", "-s", room.url, "-n", "x", "--ca", authority.cert, "--lang", lang];
        const { code, stderr } = await run(args);
        expect([code, stderr]).toEqual([3, expect.stringMatching(words)]);
        expect(stderr).toContain(room.url);
        expect(stderr.split("\n")).toHaveLength(2);
      }
    },
  );

  test("is self-signed: the certificate itself can be trusted", async () => {
    const own = makeCertificate();
    await using room = await openRoom("--tls-cert", own.cert, "--tls-key", own.key);
    const who = ["who", "-s", room.url, "-n", "x"];
    const { code, stderr } = await run(who);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^! cannot trust https:\S+: its certificate is self-signed\..*--ca FILE.*\n$/);
    expect((await run([...who, "--lang", "zh-CN"])).stderr).toContain("自签名");
    expect(await run([...who, "--ca", own.cert])).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("a file for --ca that cannot be used", () => {
  test.each([
    ["none", undefined, "cannot read"],
    ["text", "no certificate at all", "holds no certificate"],
    ["key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds no certificate"],
    ["broken", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1"],
  ])("%s: one line, exit code 2", async (name, text, words) => {
    using home = createHome();
    const file = join(home.path, name);
    if (text !== undefined) writeFileSync(file, text);
    const { code, stderr } = await run(["who", "-n", "x", "--ca", file], { env: home.env });
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr).toContain(file);
    expect(stderr.split("\n")).toHaveLength(2);
    const chinese = await run(["who", "-n", "x", "--ca", file, "--lang", "zh-CN"], { env: home.env });
    expect(chinese.stderr).toMatch(/--ca 的文件/);
  });
});

describe("the wrong scheme", () => {
  const swapped = (url: string) =>
    url.startsWith("https:") ? url.replace("https:", "http:") : url.replace("http:", "https:");

  test.each(["who", "send hi", "login", "tail", "", "doctor"])(
    "https:// to a cleartext port: `parlance %s` says to use http://",
    async (command) => {
      await using room = await openRoom();
      const args = [...command.split(" ").filter(Boolean), "-s", swapped(room.url), "--nick", "x"];
      const { code, stdout, stderr } = await run(args, { input: "" });
      expect(code).toBe(3);
      expect(command === "doctor" ? stdout : stderr).toContain(
        `cannot reach ${swapped(room.url)}: this port is cleartext, without TLS. Use --server ${room.url}\n`,
      );
      expect(stderr.split("\n")).toHaveLength(command === "doctor" ? 1 : 2);
    },
  );

  test("and in Chinese", async () => {
    await using room = await openRoom();
    const { stderr } = await run(["who", "-s", swapped(room.url), "-n", "x", "--lang", "zh-CN"]);
    expect(stderr).toBe(`! 连不上 ${swapped(room.url)}：这个端口不用 TLS，请用 --server ${room.url}\n`);
  });

  test.skipIf(!hasOpenssl)("http:// to a TLS port, of this server and of Node: use https://", async () => {
    const { cert, key } = makeCertificate();
    await using room = await openRoom("--tls-cert", cert, "--tls-key", key);
    const other = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) });
    const port = await listening(other);
    try {
      for (const url of [room.url, `https://127.0.0.1:${port}`]) {
        const { code, stderr } = await run(["who", "-s", swapped(url), "-n", "x"]);
        expect([code, stderr]).toEqual([
          3,
          `! cannot reach ${swapped(url)}: this port speaks TLS. Use --server ${url}\n`,
        ]);
      }
    } finally {
      other.close();
    }
  });

  test("a port that is neither is no reason to change the scheme", async () => {
    const banner = createServer((socket) => {
      socket.on("error", () => {});
      socket.end("SSH-2.0-test\r\n");
    });
    const port = await listening(banner);
    try {
      const http = await run(["who", "-s", `http://127.0.0.1:${port}`, "-n", "x"]);
      expect([http.code, http.stderr]).toEqual([
        3,
        expect.stringMatching(/^! http:\S+ is not a Parlance server, nor does it speak HTTP\. .*\n$/),
      ]);
      const https = await run(["who", "-s", `https://127.0.0.1:${port}`, "-n", "x"]);
      expect([https.code, https.stderr]).toEqual([
        3,
        expect.stringMatching(/^! cannot reach https:\S+: wrong version number\. .*\n$/),
      ]);
    } finally {
      banner.close();
    }
  });
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}
