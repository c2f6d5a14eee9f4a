import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRouterTransport, type Transport } from "@connectrpc/connect";
import { onTestFinished } from "vitest";
import { type Backend, type BackendSettings, openBackend } from "../../server/backend.js";
import { createManualClock, type ManualClock } from "../../server/engines/manual-clock.js";
import { createSqliteStore } from "../../server/engines/sqlite.js";
import { createLog } from "../../server/ops/log.js";
import type { Store } from "../../server/room/ports.js";
import { systemIds } from "../../server/system.js";
import { login, type Person, personOf } from "../support/people.js";
import { testSettings } from "../support/server.js";

export const graceMs = 30_000;
export const idleMs = 300_000;

const settings: BackendSettings = { ...testSettings, graceMs, idleMs };

/** A server without its port whose room is in a file, and which can be started again on it. */
export interface RoomInFile {
  /** Stands still until moved; goes on over restarts. */
  readonly clock: ManualClock;
  readonly store: Store;
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
  /** Lets everything that is under way happen. */
  settled(): Promise<void>;
  /** What the server logged as warnings and errors. */
  readonly logged: readonly string[];
}

interface Options extends Partial<BackendSettings> {
  readonly keepEvents?: number;
}

/** Closed, and its file removed, when the running test is finished. */
export async function openRoomInFile({ keepEvents = 100_000, ...rest }: Options = {}): Promise<RoomInFile> {
  const folder = mkdtempSync(join(tmpdir(), "parlance-restart-"));
  const clock = createManualClock();
  const logged: string[] = [];
  const log = createLog("warn", (line) => logged.push(line));
  let files = 0;
  let path = newPath();
  let store: Store;
  let backend: Backend;
  let transport: Transport;

  function newPath(): string {
    return join(folder, `room-${++files}.db`);
  }

  async function start(): Promise<void> {
    store = createSqliteStore({ path, clock, ids: systemIds, maxEvents: keepEvents });
    await store.open();
    const ringEvents = Math.min(keepEvents, 4_096);
    backend = await openBackend({
      settings: { ...settings, ringEvents, ...rest },
      store,
      clock,
      ids: systemIds,
      log,
    });
    transport = createRouterTransport(backend.routes, { router: { interceptors: backend.interceptors } });
  }

  async function stop(): Promise<void> {
    backend.endStreams();
    await backend.close();
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
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  return {
    clock,
    logged,
    get store() {
      return store;
    },
    login: (nickname, requestId) => login(transport, nickname, requestId),
    back: ({ nickname, id, token }) => personOf(transport, nickname, id, token),
    restart: () => startOn(path),
    async crash() {
      const copy = newPath();
      copyTo(copy);
      await startOn(copy);
    },
    backup() {
      const copy = newPath();
      copyTo(copy);
      return () => startOn(copy);
    },
    lose: () => startOn(newPath()),
    async settled() {
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
