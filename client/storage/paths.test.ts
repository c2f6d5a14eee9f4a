// Other systems by simulation: their names are given, and nothing is read from the disk.
import { describe, expect, test } from "vitest";
import { configDir, stateDir } from "./paths.js";

describe("Windows", () => {
  test("has the settings among the roaming, the state among the local data of programs", () => {
    const env = { APPDATA: "C:\\Users\\小明\\AppData\\Roaming", LOCALAPPDATA: "D:\\Local" };
    expect(configDir(env, "win32")).toBe("C:\\Users\\小明\\AppData\\Roaming\\parlance");
    expect(stateDir(env, "win32")).toBe("D:\\Local\\parlance");
  });

  test.each([{}, { APPDATA: "", LOCALAPPDATA: "" }, { APPDATA: "relative", LOCALAPPDATA: "C:relative" }])(
    "without its variables has them below the profile: %j",
    (variables) => {
      const env = { ...variables, USERPROFILE: "C:\\Users\\ada", HOME: "/c/Users/msys" };
      expect(configDir(env, "win32")).toBe("C:\\Users\\ada\\AppData\\Roaming\\parlance");
      expect(stateDir(env, "win32")).toBe("C:\\Users\\ada\\AppData\\Local\\parlance");
    },
  );

  test("does not take the variables of others", () => {
    const env = { USERPROFILE: "C:\\Users\\ada", XDG_CONFIG_HOME: "/x", XDG_STATE_HOME: "/x" };
    expect(configDir(env, "win32")).toBe("C:\\Users\\ada\\AppData\\Roaming\\parlance");
  });
});

describe.each(["darwin", "linux"] as const)("%s", (platform) => {
  test("has the folders of XDG, in its variables or below the home", () => {
    const env = { HOME: "/Users/ada", APPDATA: "C:\\x", LOCALAPPDATA: "C:\\x" };
    expect(configDir(env, platform)).toBe("/Users/ada/.config/parlance");
    expect(stateDir(env, platform)).toBe("/Users/ada/.local/state/parlance");
    const named = { ...env, XDG_CONFIG_HOME: "/etc/ada", XDG_STATE_HOME: "/var/ada" };
    expect([configDir(named, platform), stateDir(named, platform)]).toEqual([
      "/etc/ada/parlance",
      "/var/ada/parlance",
    ]);
  });

  test("ignores a relative path in a variable, as the specification has it", () => {
    expect(configDir({ HOME: "/home/ada", XDG_CONFIG_HOME: "config" }, platform)).toBe(
      "/home/ada/.config/parlance",
    );
  });
});
