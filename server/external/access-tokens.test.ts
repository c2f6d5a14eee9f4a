import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  base64url,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWTHeaderParameters,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { expect, onTestFinished, test } from "vitest";
import { Refusal } from "../room/errors.js";
import { type AccessKeys, accessTokens } from "./access-tokens.js";

const issuer = "https://app.example.org";
const audience = "parlance";
const nowMs = Date.UTC(2026, 0, 1);
const secret = new TextEncoder().encode("0123456789abcdef0123456789abcdef");
const claims = { sub: "user 7", nickname: "ada" };
const hs256 = { alg: "HS256" };

/** A token of the application; the claims as given, `exp` in ten minutes unless it is among them. */
function sign(key: CryptoKey | Uint8Array, payload: object, header: JWTHeaderParameters = hs256) {
  const exp = nowMs / 1_000 + 600;
  return new SignJWT({ iss: issuer, aud: audience, exp, ...payload }).setProtectedHeader(header).sign(key);
}

function fileOf(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "parlance-keys-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "keys");
  writeFileSync(path, content);
  return path;
}

const keyFile = (keys: readonly object[]) => fileOf(JSON.stringify({ keys }));

function reader(
  keys: AccessKeys = { kind: "secret-file", path: fileOf("0123456789abcdef0123456789abcdef\n") },
  failures: unknown[] = [],
  now: () => number = () => nowMs,
) {
  const onKeysFailed = (error: unknown) => failures.push(error);
  return accessTokens({ keys, issuer, audience, now, onKeysFailed });
}

async function keyPair(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const header = { alg: "ES256", kid };
  const jwk = { ...(await exportJWK(publicKey)), ...header, use: "sig" };
  return { jwk, sign: (payload: object) => sign(privateKey, payload, header) };
}

async function ruleOf(work: Promise<unknown>): Promise<string | undefined> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Refusal)) throw error ?? new Error("it was accepted");
  expect(error.reason).toBe("ACCESS_TOKEN_INVALID");
  expect(error.detail.field).toBe("access_token");
  return error.detail.rule;
}

test("a token names the person by issuer and subject, always with the same id", async () => {
  const read = reader();
  const first = await read(await sign(secret, claims));
  expect(first).toEqual({
    id: expect.stringMatching(/^[\w-]{24}$/),
    nickname: "ada",
    bot: false,
    expiresAt: nowMs + 600_000,
  });
  const renamed = await read(await sign(secret, { ...claims, nickname: "ada2", role: "owner", bot: true }));
  expect(renamed).toEqual({ ...first, nickname: "ada2", role: "OWNER", bot: true });
  expect((await read(await sign(secret, { ...claims, sub: "user 8" }))).id).not.toBe(first.id);
});

test("the nickname is that of the first claim that has one", async () => {
  const read = reader();
  const nicknameOf = async (payload: object) => (await read(await sign(secret, payload))).nickname;
  expect(await nicknameOf({ sub: "7", preferred_username: "ada", name: "Ada Lovelace" })).toBe("ada");
  expect(await nicknameOf({ sub: "7", name: "Ada Lovelace" })).toBe("Ada Lovelace");
  expect(await nicknameOf({ sub: "7" })).toBe("");
});

test("a role that is none is no role", async () => {
  for (const role of ["admin", 7, "toString"])
    expect((await reader()(await sign(secret, { ...claims, role }))).role).toBeUndefined();
});

test("what is wrong with a token is refused, each with its rule", async () => {
  const read = reader();
  const wrong = new TextEncoder().encode("another secret of at least 32 bytes");
  const seconds = nowMs / 1_000;
  const tokens: Record<string, string | Promise<string>> = {
    issuer: sign(secret, { ...claims, iss: "https://other.example.org" }),
    audience: sign(secret, { ...claims, aud: "another room" }),
    expired: sign(secret, { ...claims, exp: seconds - 1 }),
    not_yet: sign(secret, { ...claims, nbf: seconds + 5 }),
    signature: sign(wrong, claims),
    malformed: "not a token",
  };
  for (const [rule, token] of Object.entries(tokens))
    expect([rule, await ruleOf(read(await token))]).toEqual([rule, rule]);
  const incomplete = [
    { nickname: "ada" },
    { ...claims, exp: undefined },
    { ...claims, nickname: 7 },
    { sub: "" },
  ];
  for (const payload of incomplete) expect(await ruleOf(read(await sign(secret, payload)))).toBe("claims");
});

test("a token's own algorithm is never believed", async () => {
  const none = new UnsecuredJWT({ iss: issuer, aud: audience, exp: nowMs / 1_000 + 600, ...claims }).encode();
  expect(await ruleOf(reader()(none))).toBe("algorithm");
  const { jwk } = await keyPair("1");
  const path = keyFile([jwk]);
  const published = reader({ kind: "file", path });
  // Signed with the public key as if it were a shared secret.
  const asSecret = base64url.decode(jwk.x!);
  expect(await ruleOf(published(await sign(asSecret, claims, { alg: "HS256", kid: "1" })))).toBe("algorithm");
  expect(await ruleOf(published(none))).toBe("algorithm");
  expect(await ruleOf(reader()(await sign(secret, claims, { alg: "HS512" })))).toBe("algorithm");
});

test("a key that the file no longer has is refused, and a new one accepted, without a restart", async () => {
  const [old, next] = await Promise.all([keyPair("old"), keyPair("next")]);
  const path = keyFile([old.jwk]);
  const failures: unknown[] = [];
  const read = reader({ kind: "file", path }, failures);
  expect((await read(await old.sign(claims))).nickname).toBe("ada");
  expect(await ruleOf(read(await next.sign(claims)))).toBe("signature");
  writeFileSync(path, JSON.stringify({ keys: [next.jwk] }));
  utimesSync(path, 1, 1);
  expect((await read(await next.sign(claims))).nickname).toBe("ada");
  expect(await ruleOf(read(await old.sign(claims)))).toBe("signature");
  // One that is damaged is reported, and the keys before it go on being used.
  writeFileSync(path, "{");
  utimesSync(path, 2, 2);
  expect((await read(await next.sign(claims))).nickname).toBe("ada");
  expect(failures).toHaveLength(1);
});

test("a file that cannot be used is an error at the start", () => {
  expect(() => reader({ kind: "file", path: "/nonexistent/keys.json" })).toThrow(/ENOENT/);
  expect(() => reader({ kind: "file", path: fileOf("secret") })).toThrow();
  expect(() => reader({ kind: "file", path: fileOf("{}") })).toThrow(/malformed/);
  expect(() => reader({ kind: "secret-file", path: fileOf("too short") })).toThrow(/9 bytes/);
});

test("keys are fetched from an address; while it fails, a token is refused with a time to wait", async () => {
  const { jwk, sign: signed } = await keyPair("1");
  let status = 503;
  const server = createServer((_request, response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  const failures: unknown[] = [];
  let laterMs = 0;
  let requests = 0;
  server.on("request", () => requests++);
  const read = reader({ kind: "url", url }, failures, () => nowMs + laterMs);
  const failed = read(await signed(claims));
  await expect(failed).rejects.toMatchObject({ detail: { rule: "no_keys", retryDelayMs: 1_000 } });
  // Within that time, no token makes the server ask again.
  status = 200;
  expect(await ruleOf(read(await signed(claims)))).toBe("no_keys");
  expect([failures.length, requests]).toEqual([1, 1]);
  laterMs = 1_000;
  expect((await read(await signed(claims))).nickname).toBe("ada");
});
