/** The store is replaced while members are connected by the client library. */
import { copyFileSync, rmSync } from "node:fs";
import { join as joinPath } from "node:path";
import { expect, test } from "vitest";
import { backup } from "../../server/engines/sqlite/maintenance.js";
import { restartable } from "./server-support.js";
import { testFolder } from "./store-support.js";
import { expectPeace, witness } from "./witness.js";

/** Two witnesses of "ada: kept", a backup, and "ada: lost"; then the server is killed. */
async function diedAfterBackup() {
  const folder = testFolder();
  const [path, copy] = [joinPath(folder, "room.db"), joinPath(folder, "copy.db")];
  const server = await restartable(path);
  const running = await server.start();
  const [ada, bob] = [await witness(server.url, "ada"), await witness(server.url, "bob")];
  const witnesses = [ada, bob];
  await ada.session.say("kept");
  for (const { receivedLast } of witnesses) await receivedLast("ada: kept");
  backup(path, copy);
  await ada.session.say("lost");
  for (const { receivedLast } of witnesses) await receivedLast("ada: lost");
  await running.stop("SIGKILL");
  for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
  return { path, copy, server, ada, witnesses };
}

const later = ["ada: after", "ada: one", "ada: two", "ada: three"];

test("an older copy is restored: every reader receives AHEAD once, and what follows", async () => {
  const { path, copy, server, ada, witnesses } = await diedAfterBackup();
  copyFileSync(copy, path);
  const ids = witnesses.map(({ session }) => session.self.id);
  await server.start();
  await ada.session.say("after");
  for (const { receivedLast } of witnesses) await receivedLast("ada: after");
  await expectPeace(ada, witnesses);
  for (const { received } of witnesses)
    expect(received).toEqual(["ada: kept", "ada: lost", "gap: AHEAD", ...later]);
  expect(witnesses.map(({ session }) => session.self.id)).toEqual(ids);
});

test("the file is lost: everyone logs in again, receives STORE_REPLACED once, and what follows", async () => {
  const { server, ada, witnesses } = await diedAfterBackup();
  const ids = witnesses.map(({ session }) => session.self.id);
  await server.start();
  for (const { receivedLast } of witnesses) await receivedLast("gap: STORE_REPLACED");
  await ada.session.say("after");
  for (const { receivedLast } of witnesses) await receivedLast("ada: after");
  await expectPeace(ada, witnesses);
  for (const { received } of witnesses)
    expect(received).toEqual(["ada: kept", "ada: lost", "gap: STORE_REPLACED", ...later]);
  const { users } = await ada.session.users();
  expect(users.map(({ nickname }) => nickname)).toEqual(["ada", "bob"]);
  for (const [i, { session }] of witnesses.entries()) expect(session.self.id).not.toBe(ids[i]);
});
