import { homedir } from "node:os";
import path from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/** Folder of the settings. */
export function configDir(env: Env, platform: NodeJS.Platform = process.platform): string {
  return folderIn(env, platform, {
    windows: ["APPDATA", "AppData", "Roaming"],
    others: ["XDG_CONFIG_HOME", ".config"],
  });
}

/** Folder of sessions, last seen events and input history. */
export function stateDir(env: Env, platform: NodeJS.Platform = process.platform): string {
  return folderIn(env, platform, {
    windows: ["LOCALAPPDATA", "AppData", "Local"],
    others: ["XDG_STATE_HOME", ".local", "state"],
  });
}

/** The variable that names a folder, and where it is below the home without one. macOS has the folders of the others. */
type Place = readonly [variable: string, ...below: string[]];

function folderIn(
  env: Env,
  platform: NodeJS.Platform,
  places: { readonly windows: Place; readonly others: Place },
): string {
  const isWindows = platform === "win32";
  const { isAbsolute, join } = isWindows ? path.win32 : path.posix;
  const [variable, ...below] = isWindows ? places.windows : places.others;
  const named = env[variable] ?? "";
  const home = (isWindows ? env.USERPROFILE : env.HOME) || homedir();
  // The XDG specification has relative paths ignored: they would be another folder in each working directory.
  return join(isAbsolute(named) ? named : join(home, ...below), "parlance");
}
