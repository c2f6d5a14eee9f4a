import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { Line } from "../chat/line.js";
import { en } from "../i18n/en.js";
import { cellWidth } from "../text/cells.js";
import { Scrollback } from "../text/line-text.js";
import { hasHyperlinks } from "./hyperlinks.js";
import { rowsWhenWrapped } from "./screen/reflow.js";
import { wrapText } from "./screen/wrap.js";
import { say } from "./test-screens.js";
import { createTheme } from "./theme.js";

describe("hyperlinks", () => {
  it.each([
    [{ TERM_PROGRAM: "iTerm.app" }, true],
    [{ LC_TERMINAL: "iTerm2", TERM: "xterm-256color" }, true],
    [{ TERM: "xterm-kitty" }, true],
    [{ TERM: "foot-extra" }, true],
    [{ VTE_VERSION: "7402" }, true],
    [{ VTE_VERSION: "5000" }, false],
    [{ KONSOLE_VERSION: "230800" }, true],
    [{ WT_SESSION: "x" }, true],
    [{ TMUX: "/tmp/x", TERM_PROGRAM: "tmux", TERM_PROGRAM_VERSION: "3.3a", VTE_VERSION: "7402" }, false],
    [{ TMUX: "/tmp/x", TERM_PROGRAM: "tmux", TERM_PROGRAM_VERSION: "3.4" }, true],
    [{ TMUX: "/tmp/x", TERM_PROGRAM: "tmux", TERM_PROGRAM_VERSION: "next-3.6" }, true],
    [{ TMUX: "/tmp/x", VTE_VERSION: "7402" }, false],
    [{ STY: "1.x", VTE_VERSION: "7402" }, false],
    [{ TERM: "linux" }, false],
    [{ TERM_PROGRAM: "Apple_Terminal" }, false],
    [{ TERM: "xterm-256color" }, false],
    [{}, false],
  ])("for %j: %s", (env, expected) => expect(hasHyperlinks(env)).toBe(expected));

  const line = (text: string, links = true) =>
    new Scrollback(en, createTheme(1, links), "hm")
      .text(say("18:05", "bob", text), "ming")
      .split("\n")
      .at(-1)!;
  const url = "https://ci.example.org/build/4821";

  it("are what is shown, around the whole address, also where it mentions the reader", () => {
    expect(line(`see ${url}, ming`)).toContain(
      `: see \x1b]8;;${url}\x1b\\${url}\x1b]8;;\x1b\\, \x1b[7mming\x1b[27m`,
    );
    const mentioned = "https://example.org/@ming/x";
    expect(line(mentioned)).toContain(
      `\x1b]8;;${mentioned}\x1b\\https://example.org/\x1b[7m@ming\x1b[27m/x\x1b]8;;\x1b\\`,
    );
    expect(line(`see ${url}`, false)).not.toContain("\x1b]8");
  });

  it.each<Line>([
    { kind: "motd", at: 0, text: `rules\nsee ${url}` },
    { kind: "announcement", at: 0, text: `see ${url}` },
    { kind: "edited", at: 0, nickname: "bob", own: false, isPrivate: false, text: `see ${url}` },
  ])("are in notices, too: $kind", (notice) => {
    const text = new Scrollback(en, createTheme(1, true), "hm").text(notice, "ming");
    expect(text).toContain(`see \x1b]8;;${url}\x1b\\${url}\x1b]8;;\x1b\\`);
  });

  it("of a member's own making are never sent", () => {
    const forged = line(
      "\x1b]8;;https://evil.org\x1b\\https://bank.example\x1b]8;;\x1b\\ and \x1b]8;;x\x07y",
    );
    expect([...forged.matchAll(/\x1b\]8;;([^\x1b]*)/g)].map(([, target]) => target)).toEqual([
      "https://bank.example",
      "",
    ]);
  });

  it("take no cells, and are not broken", () => {
    const linked = line(`see ${"https://ci.example.org/".concat("build/".repeat(20))} ok`);
    const plain = line(`see ${"https://ci.example.org/".concat("build/".repeat(20))} ok`, false);
    expect(cellWidth(linked)).toBe(cellWidth(plain));
    expect(rowsWhenWrapped(linked, 40, "narrow")).toBe(rowsWhenWrapped(plain, 40, "narrow"));
    const bare = (text: string) => text.replace(/\x1b\]8;;[^\x1b]*\x1b\\/g, "");
    expect(bare(wrapText(linked, 40))).toBe(wrapText(plain, 40));
  });

  it.skipIf(spawnSync("tmux", ["-V"]).status !== 0)("draw nothing in a tmux that has none", () => {
    const socket = `parlance-links-${process.pid}`;
    const tmux = (...args: string[]) =>
      spawnSync("tmux", ["-L", socket, "-f", "/dev/null", ...args], { encoding: "utf8", timeout: 5_000 });
    const text = `see \x1b]8;;${url}\x1b\\${url}\x1b]8;;\x1b\\ ok`;
    const command = `printf '%s' '${text}'; tmux -L '${socket}' wait-for -S written; cat`;
    try {
      tmux("new-session", "-d", "-s", "links", "-x", "80", "-y", "5", "/bin/sh", "-c", command);
      tmux("wait-for", "written");
      expect(tmux("capture-pane", "-p", "-t", "links").stdout.trimEnd()).toBe(`see ${url} ok`);
    } finally {
      tmux("kill-server");
    }
  });
});
