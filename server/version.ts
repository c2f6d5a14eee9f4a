import { readFileSync } from "node:fs";

/** Version of this server, such as 0.1.0, from its package. */
export function version(): string {
  // The same distance from server/version.ts and from dist/parlance-server.js.
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
