/** tmux is the only terminal at hand that shows what reaches a real scrollback. */
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";

const fixture = fileURLToPath(new URL("./test-tmux-program.ts", import.meta.url));
let servers = 0;
/** One tmux server a test: the next one cannot start at a socket that is still being closed. */
let socket = "";
const tmux = (...args: string[]) =>
  execFileSync("tmux", ["-L", socket, "-f", "/dev/null", ...args], { encoding: "utf8", timeout: 5000 });
/** Everything, scrollback included, wrapped rows joined. */
const lines = () =>
  tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "room")
    .split("\n")
    .map((line) => line.trimEnd());
const screen = () => tmux("capture-pane", "-p", "-t", "room");
const type = (text: string) => {
  for (const part of text.match(/.{1,7}/gu) ?? []) tmux("send-keys", "-t", "room", "-l", part);
};
const resize = (columns: number, rows: number) =>
  tmux("resize-window", "-t", "room", "-x", String(columns), "-y", String(rows));
/** The number in the status row: messages printed. */
const printed = () => Number(/STATUS (\d+)/.exec(screen())?.[1] ?? -1);
const isPrinted = (count: number) =>
  vi.waitFor(() => expect(printed()).toBeGreaterThanOrEqual(count), { timeout: 20_000 });
/** The status row names the new width, as far as that has room for it. */
const isRedrawnAt = (columns: number) =>
  vi.waitFor(
    () => expect(screen()).toMatch(new RegExp(`^ STATUS \\d+ of ${columns}( columns|.{0,7}$)`, "m")),
    { timeout: 10_000 },
  );
/** For a program on a busy machine. */
const patient = { timeout: 10_000 };
/** More than a screenful: from then on the footer is in the last row, and there to stay. */
const screenful = 60;

function open(messages: number, columns = 80, rows = 24): void {
  socket = `parlance-test-${process.pid}-${++servers}`;
  const command = `'${process.execPath}' --import tsx '${fixture}' ${messages}; echo "LEFT $?"; cat`;
  tmux(
    "new-session",
    "-d",
    "-s",
    "room",
    "-x",
    String(columns),
    "-y",
    String(rows),
    "/bin/sh",
    "-c",
    command,
  );
}

/** Status rows on the screen and in the scrollback; all but one of them are ghosts. */
const statusRows = () => lines().filter((line) => line.includes("STATUS")).length;

function expectEveryMessage(messages: number): void {
  const all = lines();
  const numbers = all.flatMap((line) => (line.startsWith("#") ? [Number.parseInt(line.slice(1), 10)] : []));
  expect(numbers).toEqual(Array.from({ length: messages }, (_, n) => n));
}

describe.skipIf(spawnSync("tmux", ["-V"]).status !== 0)("in tmux", () => {
  afterEach(() => {
    tmux("kill-server");
  });

  it("types, edits and resizes during a flood: no loss, no duplicates, no further ghost, the cursor in the input", async () => {
    const messages = 500;
    open(messages);
    await isPrinted(screenful);
    const typed = "这是一段很长的输入，用来检查换行之后有没有残影 and some English words 再来一点中文";
    type(typed);
    // Faster than tmux notifies the program: frames are drawn for a width that the screen no longer has.
    for (const columns of [50, 100, 41, 80, 63, 90, 45, 80]) {
      resize(columns, 24);
      for (let n = 0; n < 4; n++) tmux("send-keys", "-t", "room", "Left");
      tmux("send-keys", "-t", "room", "-l", "x");
      tmux("send-keys", "-t", "room", "BSpace");
    }
    await isRedrawnAt(80);
    // A frame that tmux reads after another resize can leave its status row behind, which no program can prevent.
    const before = statusRows();
    expect(before).toBeLessThan(4);
    // Heights one by one. A lower screen costs tmux the rows below its cursor, and a wider one may have moved the cursor
    // up: until a frame has brought it back, tmux 3.3a loses messages without any help from the program.
    for (const [columns, rows] of [
      [41, 30],
      [80, 24],
      [63, 20],
      [90, 26],
    ] as const) {
      resize(columns, rows);
      tmux("send-keys", "-t", "room", "Left");
      await isRedrawnAt(columns);
    }
    await isPrinted(messages);
    tmux("send-keys", "-t", "room", "Enter");
    await vi.waitFor(() => expect(screen()).toContain("SENT"), patient);
    expectEveryMessage(messages);
    expect(statusRows()).toBe(before);
    expect(lines()).toContain(`SENT ${JSON.stringify(typed)}`);
    expect(tmux("display", "-p", "-t", "room", "#{cursor_x}").trim()).toBe("6");

    tmux("send-keys", "-t", "room", "C-d");
    await vi.waitFor(() => expect(screen()).toContain("LEFT 0"), patient);
    expect(screen()).not.toContain("STATUS");
  }, 60_000);

  it.each([
    [1, [100, 30], [20, 6]],
    [1, [120, 50], [30, 5]],
    [50, [120, 50], [30, 5]],
  ] as const)(
    "leaves no status row behind where a screen with %i messages shrinks from %j to %j",
    async (...scene) => {
      const [messages, [columns, rows], size] = scene;
      open(messages, columns, rows);
      await isPrinted(messages);
      resize(size[0], size[1]);
      await isRedrawnAt(size[0]);
      type("你好");
      await vi.waitFor(() => expect(screen()).toContain("小明> 你好"), patient);
      expectEveryMessage(messages);
      expect(statusRows()).toBe(1);
    },
  );

  it("leaves nothing behind where a screen that its messages filled becomes higher than they are", async () => {
    open(12);
    await isPrinted(12);
    for (const [columns, rows] of [
      [30, 6],
      [100, 40],
    ] as const) {
      resize(columns, rows);
      await isRedrawnAt(columns);
      // Frames of their own: the second one knows that the footer is in the last row.
      for (const key of ["x", "y", "z"]) {
        type(key);
        await vi.waitFor(() => expect(screen()).toMatch(new RegExp(`小明> [xyz]*${key}$`, "m")), patient);
      }
    }
    expectEveryMessage(12);
    expect(lines().filter((line) => /STATUS|小明>/.test(line))).toHaveLength(2);
  });

  it("draws the status row to the edge, without cells that a narrower screen would wrap", async () => {
    open(4);
    await isPrinted(4);
    // A tmux in a tmux: its cells are what the inner one shows of a background without characters.
    tmux("set", "-g", "status", "off");
    const outer = `parlance-outer-${process.pid}`;
    const show = (...args: string[]) =>
      execFileSync("tmux", ["-L", outer, "-f", "/dev/null", ...args], { encoding: "utf8", timeout: 5000 });
    const row = () => /^.*STATUS.*$/m.exec(show("capture-pane", "-p", "-N", "-t", "outer"))?.[0] ?? "";
    try {
      const attach = `TMUX= tmux -L '${socket}' attach`;
      show("new-session", "-d", "-s", "outer", "-x", "80", "-y", "24", "/bin/sh", "-c", attach);
      await vi.waitFor(() => expect(row().length).toBeGreaterThanOrEqual(79), { timeout: 5000 });
    } finally {
      show("kill-server");
    }
    resize(20, 24);
    await isRedrawnAt(20);
    expect(statusRows()).toBe(1);
  });

  it("keeps the footer in the last row while the screen becomes narrower under an input of many rows", async () => {
    open(screenful);
    await isPrinted(screenful);
    type("很长的输入".repeat(40));
    for (const columns of [70, 60, 50, 43, 37, 32, 27]) {
      resize(columns, 24);
      await isRedrawnAt(columns);
    }
    expectEveryMessage(screenful);
    expect(statusRows()).toBe(1);
    expect(screen().trimEnd().split("\n")).toHaveLength(24);
  });
});
