import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { Store } from "../../server/room/ports.js";
import { createStore } from "../../server/stores.js";
import { systemIds } from "../../server/system.js";
import { createManualClock, type ManualClock } from "../support/manual-clock.js";
import { login, type Person, personOf } from "../support/people.js";
import { openServer, type TestServer } from "../support/server.js";
import { type ClientConnection, connections } from "../support/transports.js";

/** The defaults of a server. */
export const graceMs = 30_000;
export const idleMs = 300_000;
const keepMs = 30 * 86_400_000;

/** A server on a real port whose room is in a file, and which can be started again on it. */
export interface RoomInFile {
  /** Stands still until moved; goes on over restarts. What a timer sets off travels over sockets: wait for the effect. */
  readonly clock: ManualClock;
  readonly store: Store;
  /** Until all writes under way are done: to them, moving the clock is waiting. */
  flushed(): Promise<void>;
  login(nickname: string, requestId?: string): Promise<Person>;
  /** The same person with the same token, at the server as it is now. */
  back(person: Person): Person;
  /** Says goodbye, ends, and starts again. */
  restart(): Promise<void>;
  /** Ends as by `kill -9`, with nothing said or put away, and starts again. */
  crash(): Promise<void>;
  /** Copies the file as it stands; answers the function that puts the copy in the file's place and starts on it. */
  backup(): () => Promise<void>;
  /** Starts again on nothing. */
  lose(): Promise<void>;
}

interface Options {
  /** Default: as the server. */
  readonly keepEvents?: number;
  readonly flags?: readonly string[];
}

/** Closed, and its file removed, when the running test is finished; nothing must have been logged by then. */
export async function openRoomInFile({ keepEvents, flags = [] }: Options = {}): Promise<RoomInFile> {
  const folder = mkdtempSync(join(tmpdir(), "parlance-restart-"));
  const clock = createManualClock();
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
    expect(server.logged).toEqual([]);
  }

  /** As the disk has it now, whatever the server would still write. */
  function copyTo(target: string): void {
    for (const end of ["", "-wal"])
      if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${target}${end}`);
  }

  async function startOn(other: string): Promise<void> {
    await stop();
    path = other;
    await start();
  }

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
    back: ({ nickname, id, token }) => personOf(line.transport, nickname, id, token),
    restart: () => startOn(path),
    async crash() {
      const copy = newPath();
      copyTo(copy);
      // Whatever the old server still does, neither its clients nor the copy get to see it.
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
