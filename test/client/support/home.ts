import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An empty home for a client, without sessions and settings. */
export interface Home extends Disposable {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

export function createHome(): Home {
  const path = mkdtempSync(join(tmpdir(), "parlance-"));
  return {
    path,
    env: {
      HOME: path,
      XDG_STATE_HOME: join(path, "state"),
      XDG_CONFIG_HOME: join(path, "config"),
      PATH: process.env.PATH ?? "",
      LANG: "en_US.UTF-8",
      TZ: "Asia/Shanghai",
      TERM: "xterm-256color",
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
