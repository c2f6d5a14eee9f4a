import { scryptSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ScryptThread } from "./scrypt-thread.js";

const derivation = {
  secret: "correct horse",
  salt: Buffer.from("salt"),
  bytes: 32,
  options: { N: 16, r: 1, p: 1 },
};

test("derives what scrypt derives, one after the other, and reports what it cannot", async () => {
  const thread = new ScryptThread();
  const expected = scryptSync("correct horse", "salt", 32, derivation.options);
  const keys = [thread.derive(derivation), thread.derive(derivation)];
  expect(thread.pending).toBe(2);
  expect(await Promise.all(keys)).toEqual([expected, expected]);
  expect(thread.pending).toBe(0);
  await expect(thread.derive({ ...derivation, options: { N: 3 } })).rejects.toThrow(/scrypt/i);
  expect(await thread.derive(derivation)).toEqual(expected);
});

test.runIf(process.platform === "linux")("leaves the CPU to the event loop, by its priority", async () => {
  await new ScryptThread().derive(derivation);
  // The 19th field of /proc/PID/stat, the 17th behind the name in parentheses (proc(5)).
  const nices = readdirSync("/proc/self/task").map((tid) =>
    Number(readFileSync(`/proc/self/task/${tid}/stat`, "utf8").split(") ")[1]!.split(" ")[16]),
  );
  expect(nices).toContain(10);
  expect(Number(readFileSync("/proc/self/stat", "utf8").split(") ")[1]!.split(" ")[16])).not.toBe(10);
});
