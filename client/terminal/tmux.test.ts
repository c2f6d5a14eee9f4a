/** tmux is the only terminal at hand that shows what reaches a real scrollback. */
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const fixture = fileURLToPath(new URL("./test-tmux-program.ts", import.meta.url));
const socket = `parlance-test-${process.pid}`;
const tmux = (...args: string[]) =>
  execFileSync("tmux", ["-L", socket, "-f", "/dev/null", ...args], { encoding: "utf8", timeout: 5000 });
/** Everything, scrollback included, wrapped rows joined. */
const lines = () =>
  tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "room")
    .split("\n")
    .map((line) => line.trimEnd());
const screen = () => tmux("capture-pane", "-p", "-t", "room");
const messages = 300;

describe.skipIf(spawnSync("tmux", ["-V"]).status !== 0)("in tmux", () => {
  beforeEach(() => {
    const command = `'${process.execPath}' --import tsx '${fixture}' ${messages}; echo "LEFT $?"; cat`;
    tmux("new-session", "-d", "-s", "room", "-x", "80", "-y", "24", "/bin/sh", "-c", command);
    tmux("set-option", "-g", "history-limit", "50000");
  });

  afterEach(() => {
    tmux("kill-server");
  });

  it("types, edits and resizes during a flood: no loss, no duplicates, no ghost, the cursor in the input", async () => {
    await vi.waitFor(() => expect(screen()).toContain("STATUS"), { timeout: 15_000 });
    const typed = "这是一段很长的输入，用来检查换行之后有没有残影 and some English words 再来一点中文";
    for (const part of typed.match(/.{1,7}/gu) ?? []) tmux("send-keys", "-t", "room", "-l", part);
    for (const [columns, rows] of [
      [50, 24],
      [100, 24],
      [41, 30],
      [80, 24],
      [63, 20],
      [90, 26],
      [45, 26],
      [80, 24],
    ]) {
      tmux("resize-window", "-t", "room", "-x", String(columns), "-y", String(rows));
      for (let n = 0; n < 4; n++) tmux("send-keys", "-t", "room", "Left");
      tmux("send-keys", "-t", "room", "-l", "x");
      await vi.waitFor(() =>
        expect(tmux("display", "-p", "-t", "room", "#{window_width}").trim()).toBe(`${columns}`),
      );
      tmux("send-keys", "-t", "room", "BSpace");
    }
    await vi.waitFor(() => expect(screen()).toContain(`STATUS ${messages}`), { timeout: 15_000 });
    tmux("send-keys", "-t", "room", "Enter");
    await vi.waitFor(() => expect(screen()).toContain("SENT"));

    const all = lines();
    const numbers = all.flatMap((line) => (line.startsWith("#") ? [Number.parseInt(line.slice(1), 10)] : []));
    expect(numbers).toEqual(Array.from({ length: messages }, (_, n) => n));
    expect(all.filter((line) => line.includes("STATUS"))).toHaveLength(1);
    expect(all).toContain(`SENT ${JSON.stringify(typed)}`);
    expect(tmux("display", "-p", "-t", "room", "#{cursor_x}").trim()).toBe("6");

    tmux("send-keys", "-t", "room", "C-d");
    await vi.waitFor(() => expect(screen()).toContain("LEFT 0"));
    expect(screen()).not.toContain("STATUS");
  });
});
