import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { Store } from "../../server/room/ports.js";
import { createStore } from "../../server/stores.js";
import { systemIds } from "../../server/system.js";
import { createManualClock, type ManualClock } from "../support/manual-clock.js";
import { joinRoom, login, type Person, personOf } from "../support/people.js";
import { openServer, type TestServer } from "../support/server.js";
import { type ClientConnection, connections } from "../support/transports.js";

/** The defaults of a server. */
export const graceMs = 30_000;
export const idleMs = 300_000;
const keepMs = 30 * 86_400_000;

/** A server on a real port whose room is in a file, and which can be restarted on it. */
export interface RoomInFile {
  /** Moves only by `advance`, across restarts. The effects of timers arrive over sockets: await them. */
  readonly clock: ManualClock;
  readonly store: Store;
  /** Until all writes under way are done: to them, moving the clock is waiting. */
  flushed(): Promise<void>;
  login(nickname: string, requestId?: string): Promise<Person>;
  /** Logs in and is announced; the feed that this takes is closed. One at a time. */
  join(nickname: string): Promise<Person>;
  /** See TestServer. */
  hasFeeds(count: number): Promise<void>;
  /** The same person with the same token, at the current server. */
  back(person: Pick<Person, "nickname" | "id" | "token">): Person;
  /** An orderly shutdown and a new start. */
  restart(): Promise<void>;
  /** The end by `kill -9`, without goodbye or checkpoint, and a new start. */
  crash(): Promise<void>;
  /** Copies the current file; returns the function that restores the copy and starts on it. */
  backup(): () => Promise<void>;
  /** Restarts on an empty store. */
  lose(): Promise<void>;
}

interface Options {
  /** A file to begin with a copy of, and the time at which it is opened, ms since 1970. Default: none. */
  readonly older?: { readonly path: string; readonly atMs: number };
  /** Default: the server's. */
  readonly keepEvents?: number;
  readonly flags?: readonly string[];
  /** The records that may be logged. */
  readonly expected?: RegExp;
}

/** Closed, and its file removed, when the running test is finished; no other warning or error may have been logged. */
export async function openRoomInFile(options: Options = {}): Promise<RoomInFile> {
  const { older, keepEvents, flags = [], expected } = options;
  const folder = mkdtempSync(join(tmpdir(), "parlance-restart-"));
  const clock = createManualClock(older?.atMs);
  const keep = { ageMs: keepMs, ...(keepEvents !== undefined && { events: keepEvents }) };
  let files = 0;
  let path = newPath();
  let store: Store;
  let server: TestServer;
  let line: ClientConnection;

  function newPath(): string {
    return join(folder, `room-${++files}.db`);
  }

  async function start(): Promise<void> {
    store = createStore({ kind: "sqlite", path }, keep, { clock, ids: systemIds, observe: () => undefined });
    server = await openServer({ clock, store, flags });
    line = connections["Connect, HTTP/1.1"](server.url);
  }

  async function stop(): Promise<void> {
    await server.close();
    line.cut();
    expect(server.logged.filter((line) => !expected?.test(line))).toEqual([]);
  }

  /** The current state of the disk, without what the server has still to write. */
  function copyTo(target: string): void {
    for (const end of ["", "-wal"])
      if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${target}${end}`);
  }

  async function startOn(other: string): Promise<void> {
    await stop();
    path = other;
    await start();
  }

  if (older) copyFileSync(older.path, path);
  await start();
  onTestFinished(async () => {
    line.cut();
    await stop().finally(() => rmSync(folder, { recursive: true, force: true }));
  });

  return {
    clock,
    get store() {
      return store;
    },
    async flushed() {
      await store.values.put("flushed", new Uint8Array());
    },
    login: (nickname, requestId) => login(line.transport, nickname, requestId),
    async join(nickname) {
      const { feeds } = server.app.counts();
      const person = await joinRoom(line.transport, nickname);
      await server.hasFeeds(feeds);
      return person;
    },
    hasFeeds: (count) => server.hasFeeds(count),
    back: ({ nickname, id, token }) => personOf(line.transport, nickname, id, token),
    restart: () => startOn(path),
    async crash() {
      const copy = newPath();
      copyTo(copy);
      // What the old server does from here on reaches neither its clients nor the copy.
      line.cut();
      await startOn(copy);
    },
    backup() {
      const copy = newPath();
      copyTo(copy);
      return () => startOn(copy);
    },
    lose: () => startOn(newPath()),
  };
}
