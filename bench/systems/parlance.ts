import { existsSync } from "node:fs";
import { nodeCommand, repositoryPath } from "./node.js";
import type { System } from "./system.js";

const built = "dist/parlance-server.js";
const source = "server/main.ts";

/** The file that is measured: the built server, or its source where nothing was built. */
export function serverFile(): string {
  return existsSync(repositoryPath(built)) ? built : source;
}

function parlance(
  name: string,
  title: string,
  dialect: System["dialect"],
  store: (folder: string) => string,
): System {
  return {
    name,
    title,
    dialect,
    collectable: true,
    ours: true,
    version: () => serverFile(),
    launch: (folder) => ({
      command: nodeCommand(
        serverFile(),
        ...["--listen", "127.0.0.1:0", "--store", store(folder), "--rate", "0", "--log-level", "error"],
        // Those who only warm the server up must be gone before the others are measured.
        ...["--grace", "100ms"],
      ),
    }),
  };
}

const memory = () => "memory:";

/** The system under test, by protocol and store. */
export const ours: readonly System[] = [
  parlance("parlance-h1", "Parlance, Connect HTTP/1.1", "connectH1", memory),
  parlance("parlance-h2", "Parlance, gRPC h2c", "grpcH2", memory),
];

/** The same with the store on disk; measured beside the memory store, not against the peers. */
export const oursOnDisk: System = parlance(
  "parlance-sqlite",
  "Parlance, Connect HTTP/1.1, SQLite",
  "connectH1",
  (folder) => `sqlite:${folder}/room.db`,
);
