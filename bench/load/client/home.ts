import { makeFolder, removeFolder } from "../../host/folder.js";

/** An empty home for one client: no settings, no sessions, English, 256 colours. */
export interface Home {
  readonly env: Record<string, string>;
  remove(): void;
}

export function makeHome(): Home {
  const folder = makeFolder();
  return {
    env: {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      XDG_STATE_HOME: folder,
      XDG_CONFIG_HOME: folder,
      LANG: "en_US.UTF-8",
      TERM: "xterm-256color",
    },
    remove: () => removeFolder(folder),
  };
}
