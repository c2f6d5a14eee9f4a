import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { Config } from "./settings.js";

/** Where the operator's socket is by the settings; undefined: there is none. On Windows it is a named pipe. */
export function adminPath(
  { adminSocket, store }: Pick<Config, "adminSocket" | "store">,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (adminSocket === "off") return undefined;
  if (adminSocket !== "auto") return adminSocket;
  if (store.kind !== "sqlite") return undefined;
  if (platform !== "win32") return `${store.path}.admin`;
  const name = createHash("sha256").update(resolve(store.path)).digest("hex").slice(0, 16);
  return `\\\\.\\pipe\\parlance-${name}`;
}
