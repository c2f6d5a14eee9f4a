import { homedir } from "node:os";
import { join } from "node:path";

/** Path of the default store: in the platform's folder for the user's data. */
export function defaultStorePath(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === "win32")
    return join(env.LOCALAPPDATA || join(homedir(), "AppData", "Local"), "parlance", "room.db");
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "parlance", "room.db");
  // XDG Base Directory Specification
  return join(env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "parlance", "room.db");
}
