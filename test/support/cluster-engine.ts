import { fileWith } from "../deploy/support/files.js";
import type { RedisServer } from "./redis-server.js";

const password = "0123456789abcdef";

/** What deploy/compose.cluster.yaml starts the engine with. */
export function clusterEngineFlags(): readonly string[] {
  const placeholder = "$" + "{PARLANCE_STORE_PASSWORD:?letters and digits}";
  const file = fileWith("deploy/compose.cluster.yaml", [[placeholder, password]]);
  const [, command = ""] = /^ +command:\s+(\[[^\]]*\])$/m.exec(file) ?? [];
  const [program, ...flags] = JSON.parse(command.replace(/,\s*\]$/, "]")) as string[];
  if (program !== "valkey-server") throw new Error(`the file starts ${program}`);
  return flags;
}

/** The --store of its servers, with their user. */
export function clusterStore({ port }: Pick<RedisServer, "port">): string {
  return `redis://parlance:${password}@127.0.0.1:${port}`;
}
