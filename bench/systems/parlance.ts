import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { hasOpenssl, makeCertificate } from "../../test/support/certificates.js";
import { ownerAccess } from "../job.js";
import { firstLine } from "./daemon.js";
import { nodeCommand, repositoryPath, watchedNodeCommand } from "./node.js";
import type { System } from "./system.js";

const built = "dist/parlance-server.js";
const source = "server/main.ts";

/** The measured file: the built server, or its source if there is no build. */
export function serverFile(): string {
  return existsSync(repositoryPath(built)) ? built : source;
}

const settings = [
  ...["--listen", "127.0.0.1:0", "--rate", "0", "--log-level", "error"],
  // Members of the warm-up must have left before the measurement.
  ...["--grace", "100ms"],
];
/** More than the largest crowd with its publishers. An older build knows no such flag, and ignores the variable. */
const manyMembers = ["env", "PARLANCE_MAX_MEMBERS=20000"];

type Sketch = Pick<System, "name" | "title" | "dialect">;

function parlance(sketch: Sketch, command: (folder: string) => readonly string[]): System {
  return {
    ...sketch,
    collectable: true,
    ours: true,
    version: () => serverFile(),
    launch: (folder) => ({ command: [...manyMembers, ...command(folder)] }),
  };
}

function overTls(name: string, title: string, dialect: System["dialect"]): System {
  return {
    ...inMemory(name, title, dialect),
    version: () => (hasOpenssl ? serverFile() : undefined),
    launch(folder) {
      const { cert, key, ca } = makeCertificate("parlance bench", folder);
      const tls = ["--tls-cert", cert, "--tls-key", key];
      const command = nodeCommand(serverFile(), ...settings, ...tls, "--store", "memory:");
      return { command, ca: ca.toString() };
    },
  };
}

function inMemory(name: string, title: string, dialect: System["dialect"], file = serverFile): System {
  return parlance({ name, title, dialect }, () => nodeCommand(file(), ...settings, "--store", "memory:"));
}

const keep = ["--keep-events", "200000"];

function onDisk(name: string, title: string, dialect: System["dialect"], file = serverFile): System {
  return parlance({ name, title, dialect }, (folder) =>
    nodeCommand(file(), ...settings, "--store", `sqlite:${folder}/room.db`, ...keep),
  );
}

/** Two servers of one room on an engine that flushes each write to disk, as SQLite does. */
function onEngine(name: string, title: string, program: string): System {
  return {
    ...parlance({ name, title, dialect: "connectH1" }, () => []),
    servers: 2,
    version() {
      const version = firstLine(program, "--version")?.match(/ v=(\d+\S*)/)?.[1];
      return version === undefined || Number.parseInt(version, 10) < 7
        ? undefined
        : `${serverFile()} on ${program} ${version}`;
    },
    launch(folder, port) {
      const durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
      const address = ["--bind", "127.0.0.1", "--port", `${port}`, "--dir", folder];
      const store = ["--store", `redis://127.0.0.1:${port}`];
      return {
        command: [...manyMembers, ...nodeCommand(serverFile(), ...settings, ...store, ...keep)],
        engine: { command: [program, ...address, ...durable], port },
      };
    },
  };
}

/** The system under test, by protocol. */
export const ours: readonly System[] = [
  inMemory("parlance-h1", "Parlance, Connect HTTP/1.1", "connectH1"),
  inMemory("parlance-h2", "Parlance, gRPC h2c", "grpcH2"),
];

/** The same with a watch on the event loop; heartbeats come often enough for several in one quiet phase. */
export const oursWatched: readonly System[] = ours.map((system) => ({
  ...system,
  collectable: false,
  launch() {
    const flags = [...settings, "--heartbeat", "6s", "--store", "memory:"];
    return { command: [...manyMembers, ...watchedNodeCommand(serverFile(), ...flags)] };
  },
}));

/** The same over TLS; compared with cleartext, not with the peers. */
export const oursOverTls: readonly System[] = [
  overTls("parlance-h1-tls", "Parlance, Connect HTTP/1.1 over TLS", "connectH1"),
  overTls("parlance-h2-tls", "Parlance, gRPC over TLS", "grpcH2"),
];

/** Another build of this server, such as that of the previous commit; `file`: its parlance-server.js. */
export function otherBuild(file: string): System[] {
  const path = () => resolve(file);
  return [
    {
      ...inMemory("other-h1", "the other build, Connect HTTP/1.1", "connectH1", path),
      ours: false,
      version: path,
    },
    { ...inMemory("other-h2", "the other build, gRPC h2c", "grpcH2", path), ours: false, version: path },
  ];
}

/** The same beside the store on disk: over HTTP/1.1, in memory and on disk. */
export function otherBuildOnDisk(file: string): System[] {
  const path = () => resolve(file);
  const disk = onDisk("other-sqlite", "the other build, Connect HTTP/1.1, SQLite", "connectH1", path);
  const memory = otherBuild(file).filter(({ dialect }) => dialect === "connectH1");
  return [...memory, { ...disk, ours: false, version: path }];
}

/** The same with the store on disk; compared with the memory store, not with the peers. */
export const oursOnDisk: readonly System[] = [
  onDisk("parlance-sqlite", "Parlance, Connect HTTP/1.1, SQLite", "connectH1"),
  onDisk("parlance-sqlite-h2", "Parlance, gRPC h2c, SQLite", "grpcH2"),
];

/** With an application whose secret the benchmark knows, and a store on disk or in memory. */
export const oursModerated: readonly System[] = [
  moderated("parlance-moderated", "Parlance, in memory", () => "memory:"),
  moderated("parlance-moderated-sqlite", "Parlance, SQLite", (folder) => `sqlite:${folder}/room.db`),
];

function moderated(name: string, title: string, store: (folder: string) => string): System {
  return parlance({ name, title, dialect: "connectH1" }, (folder) => {
    const secret = join(folder, "secret");
    writeFileSync(secret, ownerAccess.secret, { mode: 0o600 });
    const access = ["--access-secret-file", secret, "--access-issuer", ownerAccess.issuer];
    const audience = ["--access-audience", ownerAccess.audience];
    // The rest of loopback is the crowd's, which is banned.
    const exempt = ["--exempt", "127.0.0.1/32"];
    const flags = [...settings, ...exempt, ...access, ...audience, "--store", store(folder)];
    return nodeCommand(serverFile(), ...flags);
  });
}

/** With a watch on the event loop, and a store on disk or in memory that keeps all that a search may look at. */
export const oursSearched: readonly System[] = [
  searched("parlance-searched", "Parlance, in memory", () => "memory:"),
  searched("parlance-searched-sqlite", "Parlance, SQLite", (folder) => `sqlite:${folder}/room.db`),
];

function searched(name: string, title: string, store: (folder: string) => string): System {
  const system = parlance({ name, title, dialect: "connectH1" }, (folder) =>
    watchedNodeCommand(serverFile(), ...settings, ...keep, "--store", store(folder)),
  );
  return { ...system, collectable: false };
}

/** Several servers of one room; compared with one on disk, not with the peers. */
export const oursShared: readonly System[] = [
  onEngine("parlance-redis", "Parlance, two servers on one Redis", "redis-server"),
  onEngine("parlance-valkey", "Parlance, two servers on one Valkey", "valkey-server"),
];

/** On disk at a port of its own: all sessions outlive the restart, as members stay for two minutes. */
export const oursReturning: readonly System[] = oursOnDisk.map((system) => ({
  ...system,
  launch(folder, port) {
    const flags = ["--listen", `127.0.0.1:${port}`, "--rate", "0", "--log-level", "error", "--grace", "2m"];
    const store = ["--store", `sqlite:${folder}/room.db`];
    return { command: [...manyMembers, ...nodeCommand(serverFile(), ...flags, ...store)], port };
  },
}));

function withFastPath(name: string, title: string, fastPath: "on" | "off"): System {
  const command = nodeCommand("bench/systems/fast-path.ts", fastPath, ...settings, "--store", "memory:");
  return { ...parlance({ name, title, dialect: "connectH1" }, () => command), version: () => source };
}

/** The server with and without its fast path, both from source, so that nothing else differs. */
export const fastPathPair: readonly System[] = [
  withFastPath("parlance-through-connect", "every call through Connect", "off"),
  withFastPath("parlance-fast-path", "plain calls by the fast path", "on"),
];
