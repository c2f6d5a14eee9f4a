import { onTestFinished } from "vitest";
import { check } from "../../server/engines/sqlite/maintenance.js";
import { decodeEntry } from "../../server/feed/encoding.js";
import type { Store } from "../../server/room/ports.js";
import { eventOfEntry } from "../../server/wire/codec/event.js";
import { freePort } from "../support/free-port.js";
import { summarize } from "../support/people.js";
import { type Starting, spawnServer } from "../support/process.js";
import type { History, Logged } from "./checker/history.js";
import { openStore, readLog } from "./store-support.js";

/** A server that can be started repeatedly on the same port and store. */
export interface Restartable {
  readonly url: string;
  /** Starts another process; the previous one must have exited. Ends with the running test. */
  spawn(...flags: string[]): Starting;
  /** The same in an environment with more variables. */
  spawnWith(env: NodeJS.ProcessEnv, ...flags: string[]): Starting;
  /** The same, and waits until it listens. */
  start(...flags: string[]): Promise<Starting>;
}

/** `path`: of a SQLite store. Nothing is started yet. */
export function restartable(path: string, ...settings: string[]): Promise<Restartable> {
  return restartableOn(`sqlite:${path}`, ...settings);
}

/** `store`: as for --store. Nothing is started yet. */
export async function restartableOn(store: string, ...settings: string[]): Promise<Restartable> {
  const address = `127.0.0.1:${await freePort()}`;
  const fixed = ["--listen", address, "--store", store, "--rate", "0", "--locale", "en"];

  function spawnWith(env: NodeJS.ProcessEnv, ...flags: string[]): Starting {
    const server = spawnServer(
      [...fixed, "--log-level", "error", "--log-format", "text", ...settings, ...flags],
      env,
    );
    onTestFinished(() => void server.stop("SIGKILL"));
    return server;
  }

  const spawn = (...flags: string[]) => spawnWith({}, ...flags);

  return {
    url: `http://${address}`,
    spawn,
    spawnWith,
    async start(...flags) {
      const server = spawn(...flags);
      await server.listening;
      return server;
    },
  };
}

/** What a load balancer receives of the server. */
export async function readyz(server: Pick<Starting, "listening">): Promise<number> {
  return (await fetch(`${await server.listening}/readyz`)).status;
}

/** What the checker has to know of the store. */
export type Stored = Pick<History, "log" | "ends" | "epoch" | "claimed">;

/** The content of a SQLite store; no server may run on it. */
export async function storedHistory(path: string): Promise<Stored> {
  // Opening it begins another epoch.
  const { epoch, epochs } = check(path);
  return historyOf(await openStore(path), epoch, new Map(epochs.map(({ epoch, upto }) => [epoch, upto])));
}

/** The content of an open store. `ends`: see History. */
export async function historyOf(
  store: Store,
  epoch: string,
  ends: ReadonlyMap<string, number>,
): Promise<Stored> {
  const claims = await store.names.claims();
  const log = (await readLog(store)).map((entry): Logged => {
    const opened = decodeEntry(entry, epoch);
    const event = eventOfEntry(opened);
    const { id, kind } = event;
    return {
      id,
      seq: entry.seq,
      at: entry.at,
      kind: opened.kind,
      ids: opened.ids,
      content: summarize(event),
      ...((kind.case === "groupMessage" || kind.case === "privateMessage") && { text: kind.value.text }),
      ...((kind.case === "joined" || kind.case === "left") && {
        nickname: kind.value.user?.nickname ?? "",
      }),
      ...(kind.case === "undelivered" && {
        messageIds: kind.value.messageIds,
        recipientId: kind.value.recipientId,
      }),
    };
  });
  return {
    log,
    ends,
    epoch,
    claimed: claims.filter(({ announced }) => announced).map(({ holder }) => holder),
  };
}
