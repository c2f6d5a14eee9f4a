import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultStorePath } from "./store-path.js";

test.each([
  ["linux", { XDG_DATA_HOME: "/data" }, "/data/parlance/room.db"],
  ["linux", {}, join(homedir(), ".local/share/parlance/room.db")],
  ["darwin", { XDG_DATA_HOME: "/data" }, join(homedir(), "Library/Application Support/parlance/room.db")],
  ["win32", { LOCALAPPDATA: "/local" }, "/local/parlance/room.db"],
  ["win32", {}, join(homedir(), "AppData/Local/parlance/room.db")],
] as const)("on %s with %j the default store is %s", (platform, env, path) => {
  expect(defaultStorePath(env, platform)).toBe(path);
});
