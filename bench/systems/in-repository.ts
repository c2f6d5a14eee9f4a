import { spawnSync } from "node:child_process";
import { nodeCommand, packageVersion, repositoryPath } from "./node.js";
import type { System } from "./system.js";

type Sketch = Pick<System, "name" | "title" | "dialect" | "version" | "slow" | "maxSubscribers"> & {
  readonly command: readonly string[];
};

function peer({ command, ...sketch }: Sketch, collectable = true): System {
  return { ...sketch, collectable, ours: false, launch: () => ({ command }) };
}

function pythonVersion(): string | undefined {
  const { status, stdout } = spawnSync("python3", ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Where a peer adds little to the others, or cannot keep up, a larger room costs only time. */
const maxSubscribers = { socketio: 500, threads: 1_000, grpc: 1_000, naiveH1: 500, naiveH2: 1_000 };

const connectVersion = () => packageVersion("@connectrpc/connect-node");

/** The servers in `bench/peers/`. */
export const inRepository: readonly System[] = [
  peer({
    name: "floor",
    title: "Node `net`, coalesced",
    dialect: "lines",
    version: () => process.version,
    command: nodeCommand("bench/peers/floor.ts"),
  }),
  peer(
    {
      name: "threads",
      title: "Python, thread per connection",
      maxSubscribers: maxSubscribers.threads,
      dialect: "lines",
      version: pythonVersion,
      command: ["python3", repositoryPath("bench/peers/threads.py")],
    },
    false,
  ),
  peer({
    name: "ws",
    title: "ws",
    dialect: "websocket",
    version: () => packageVersion("ws"),
    command: nodeCommand("bench/peers/ws.ts"),
  }),
  peer({
    name: "socket.io",
    title: "socket.io",
    maxSubscribers: maxSubscribers.socketio,
    dialect: "socketio",
    version: () => packageVersion("socket.io"),
    command: nodeCommand("bench/peers/socketio.ts"),
  }),
  peer({
    name: "grpc-js",
    title: "@grpc/grpc-js",
    maxSubscribers: maxSubscribers.grpc,
    dialect: "grpcH2",
    version: () => packageVersion("@grpc/grpc-js"),
    command: nodeCommand("bench/peers/grpc.ts"),
  }),
  peer({
    name: "naive-h1",
    title: "naive handler, Connect HTTP/1.1",
    maxSubscribers: maxSubscribers.naiveH1,
    dialect: "connectH1",
    slow: true,
    version: connectVersion,
    command: nodeCommand("bench/peers/naive.ts", "1"),
  }),
  peer({
    name: "naive-h2",
    title: "naive handler, gRPC h2c",
    maxSubscribers: maxSubscribers.naiveH2,
    dialect: "grpcH2",
    slow: true,
    version: connectVersion,
    command: nodeCommand("bench/peers/naive.ts", "2"),
  }),
];
