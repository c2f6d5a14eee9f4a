import type { DialectName } from "../load/dialects/index.js";

/** What starting a server takes. */
export interface Launch {
  readonly command: readonly string[];
  /** Port that the command was told to use; undefined: the server picks one and prints its address on stdout. */
  readonly port?: number;
}

/** A server that can be measured. */
export interface System {
  /** Name for --peers and in the results. */
  readonly name: string;
  readonly title: string;
  readonly dialect: DialectName;
  /** Whether the process is Node started by us, which then gets a forced collection on a signal. */
  readonly collectable: boolean;
  /** Messages of 2 KB, private messages and ignoring make sense only where the protocol is ours. */
  readonly ours: boolean;
  /** Logins under way at once that the server's own pacing needs; such a server's connects are not compared. */
  readonly pacedAtOnce?: number;
  /** Greatest number of subscribers worth waiting for; absent: no such bound. */
  readonly maxSubscribers?: number;
  /** Takes so long in a large room that the quick form leaves it out there. */
  readonly slow?: boolean;
  /** Version of the installed server; undefined: it is not installed. */
  version(): string | undefined;
  /** `folder` is empty and the server's own. */
  launch(folder: string, freePort: number): Launch;
}
