import { expect, test } from "vitest";
import { generateSecret, isGenerated } from "../room/names/secrets.js";
import { systemIds } from "../system.js";
import { ScryptSecrets } from "./scrypt.js";

const cheap = () => new ScryptSecrets({ logN: 4, r: 1, p: 1 });

test("a generated secret has 160 bits, and is stored under SHA-256", async () => {
  const secret = generateSecret(systemIds);
  expect(isGenerated(secret)).toBe(true);
  expect(Buffer.from(secret.slice(4), "base64url")).toHaveLength(20);
  const stored = await cheap().hash(secret);
  expect(stored).toMatch(/^\$sha256\$[\w-]{43}$/);
  expect(await cheap().verify(secret, stored)).toBe(true);
  expect(await cheap().verify(generateSecret(systemIds), stored)).toBe(false);
  expect(await cheap().verify("correct horse", stored)).toBe(false);
});

test("a chosen secret is stored under scrypt, with its parameters and a salt of 16 bytes", async () => {
  const stored = await new ScryptSecrets().hash("correct horse");
  const [, , parameters, salt] = stored.split("$");
  expect([parameters, Buffer.from(salt!, "base64url").length]).toEqual(["ln=15,r=8,p=3", 16]);
  // By the parameters of the hash, not by those of today.
  expect(await cheap().verify("correct horse", stored)).toBe(true);
  expect(await cheap().verify("correct mouse", stored)).toBe(false);
  expect(await new ScryptSecrets().hash("correct horse")).not.toBe(stored);
});

test("é is one secret, composed or not", async () => {
  const stored = await cheap().hash("caf\u00e9-caf\u00e9");
  expect(await cheap().verify("cafe\u0301-cafe\u0301", stored)).toBe(true);
});

test("without a registration no secret is right", async () => {
  for (const secret of [generateSecret(systemIds), "correct horse"])
    expect(await cheap().verify(secret, undefined)).toBe(false);
});

test("at most 32 wait, and those refused say when to come back", async () => {
  const secrets = cheap();
  const all = await Promise.allSettled(Array.from({ length: 100 }, () => secrets.verify("12345678", "")));
  const refused = all.filter(({ status }) => status === "rejected");
  expect(100 - refused.length).toBeGreaterThanOrEqual(33);
  expect(100 - refused.length).toBeLessThanOrEqual(34);
  expect(refused[0]).toMatchObject({ reason: { reason: "RATE_LIMITED", detail: { rule: "secrets" } } });
  expect(await secrets.verify("12345678", "")).toBe(false);
});
