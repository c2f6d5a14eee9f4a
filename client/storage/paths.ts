import { homedir } from "node:os";
import { join } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/** Folder of the settings. */
export function configDir(env: Env, platform: NodeJS.Platform = process.platform): string {
  if (platform === "win32") return join(env.APPDATA ?? join(homedir(), "AppData", "Roaming"), "parlance");
  return join(env.XDG_CONFIG_HOME || join(home(env), ".config"), "parlance");
}

/** Folder of sessions, last seen events and input history. */
export function stateDir(env: Env, platform: NodeJS.Platform = process.platform): string {
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "parlance");
  return join(env.XDG_STATE_HOME || join(home(env), ".local", "state"), "parlance");
}

function home(env: Env): string {
  return env.HOME || homedir();
}
