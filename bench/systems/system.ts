import type { DialectName } from "../load/dialects/index.js";

/** How to start a process that listens. */
export interface Listening {
  readonly command: readonly string[];
  /** Port given to the command; undefined: the server picks one and prints its address on stdout. */
  readonly port?: number;
}

/** How to start a server. */
export interface Launch extends Listening {
  /** What is started before it, and measured by itself. */
  readonly engine?: Listening;
  /** The certificate of a server with TLS, in PEM. */
  readonly ca?: string;
}

/** A server that can be measured. */
export interface System {
  /** Name for --peers and in the results. */
  readonly name: string;
  readonly title: string;
  readonly dialect: DialectName;
  /** Whether the process is Node started by the benchmark, with forced garbage collection on a signal. */
  readonly collectable: boolean;
  /** Whether it implements parlance.v1: only then are there private messages, ignoring and messages of 2 KB. */
  readonly ours: boolean;
  /** How many are started, to serve one room on the engine of their launch; absent: one. */
  readonly servers?: number;
  /** Concurrent logins that the server's own throttling needs; connects of such a server are not compared. */
  readonly pacedAtOnce?: number;
  /** Maximum number of subscribers that it handles in acceptable time; absent: unlimited. */
  readonly maxSubscribers?: number;
  /** Too slow in a large room for the quick form. */
  readonly slow?: boolean;
  /** Version of the installed server; undefined: it is not installed. */
  version(): string | undefined;
  /** `folder` is empty and belongs to the server. */
  launch(folder: string, freePort: number): Launch;
}
