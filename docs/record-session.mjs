// Records docs/session.svg: `npx node docs/record-session.mjs`. A real server, and two real clients, each
// in a shell in a pseudo-terminal; an emulator reads what they draw, and the picture replays it. It needs no font and no
// script of its own, has a light and a dark face, and shows the last screen where motion is not wanted.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pty from "@lydell/node-pty";
import unicode11 from "@xterm/addon-unicode11";
import headless from "@xterm/headless";

const root = join(import.meta.dirname, "..");
const columns = 54;
const rows = 16;
/** For something to appear on a screen. */
const limitMs = 20_000;
/** How long the picture rests on what was typed, on what has appeared, and on the end, before it begins again. */
const keyMs = 70;
const readMs = 1300;
const endMs = 7000;

/** A port that is free now, and that a server can be started on twice. */
async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

async function startServer(port, store) {
  const command = [join(root, "bin/parlance-server.js"), "--listen", `127.0.0.1:${port}`, "--store", store];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "ignore", "pipe"] });
  for await (const chunk of child.stderr) if (String(chunk).includes("listening")) break;
  return child;
}

async function stop(child) {
  child.kill();
  if (child.exitCode === null) await once(child, "exit");
}

/** A shell in a terminal, whose `parlance` is the client of this checkout. */
function openTerminal(folder, { name, language, port }) {
  const home = join(folder, name);
  const bin = join(home, "bin");
  mkdirSync(bin, { recursive: true });
  const script = `#!/bin/sh\nexec '${process.execPath}' '${join(root, "bin/parlance.js")}' "$@"\n`;
  writeFileSync(join(bin, "parlance"), script, { mode: 0o755 });
  const screen = new headless.Terminal({ cols: columns, rows, scrollback: 1000, allowProposedApi: true });
  screen.loadAddon(new unicode11.Unicode11Addon());
  screen.unicode.activeVersion = "11";
  const child = pty.spawn("/bin/sh", [], {
    cols: columns,
    rows,
    env: {
      HOME: home,
      PATH: `${bin}:/usr/bin:/bin`,
      LANG: "C.UTF-8",
      PARLANCE_LANG: language,
      PARLANCE_SERVER: `http://127.0.0.1:${port}`,
      TERM: "xterm-256color",
      TZ: "Asia/Shanghai",
      PS1: "$ ",
    },
  });
  const terminal = { child, screen, title: "" };
  // The window's title without the address, whose port is another each time.
  screen.onTitleChange((title) => {
    terminal.title ||= title.replace(/^.* - /, "");
  });
  child.onData((data) => screen.write(data));
  screen.onData((response) => child.write(response));
  return terminal;
}

/** The text of the rows on the screen. */
function textOf({ screen }) {
  const { baseY } = screen.buffer.active;
  return Array.from({ length: rows }, (_, y) =>
    screen.buffer.active.getLine(baseY + y).translateToString(true),
  ).join("\n");
}

async function settled({ screen }) {
  let before;
  let now = textOf({ screen });
  // Until nothing new is drawn: a client draws within a frame or two.
  while (before !== now) {
    await delay(60);
    before = now;
    now = textOf({ screen });
  }
}

async function shows(terminal, ...texts) {
  for (const deadline = Date.now() + limitMs; ; await delay(20)) {
    if (texts.every((text) => textOf(terminal).includes(text))) return;
    if (Date.now() > deadline) throw new Error(`waited for ${texts.join(", ")} on:\n${textOf(terminal)}`);
  }
}

/** What a row looks like: runs of cells of one style, each at its column. */
function runsOf({ screen }, y, isActive) {
  const { baseY, cursorX, cursorY } = screen.buffer.active;
  const line = screen.buffer.active.getLine(baseY + y);
  const runs = [];
  for (let x = 0; x < columns; x++) {
    const cell = line.getCell(x);
    const width = cell.getWidth();
    if (width === 0) continue;
    const isCursor = isActive && y === cursorY && x === cursorX;
    const style = JSON.stringify([
      isCursor,
      cell.isInverse() !== 0,
      cell.isBold() !== 0,
      cell.isDim() !== 0,
      cell.isFgPalette() ? cell.getFgColor() : -1,
      // Wide characters have runs of their own: fonts differ in how wide they draw them.
      width,
    ]);
    const last = runs.at(-1);
    const text = cell.getChars() || " ";
    if (last?.style === style) {
      last.text += text;
      last.cells += width;
    } else runs.push({ x, style, text, cells: width });
  }
  return runs.filter(({ text, style }) => text.trim() !== "" || /^\[true|^\[false,true/.test(style));
}

/** The recording: for each frame, how long it lasts and the rows of each terminal. */
class Film {
  frames = [];

  constructor(terminals) {
    this.terminals = terminals;
    this.active = terminals[0];
  }

  take(ms) {
    const screens = this.terminals.map((terminal) =>
      Array.from({ length: rows }, (_, y) => JSON.stringify(runsOf(terminal, y, terminal === this.active))),
    );
    this.frames.push({ ms, screens });
  }

  /** Types the pieces one after the other, each as it would come from a keyboard or an input method. */
  async type(terminal, ...pieces) {
    this.active = terminal;
    for (const piece of pieces) {
      terminal.child.write(piece);
      await settled(terminal);
      this.take(keyMs * (/[^\x00-\x7f]/.test(piece) ? 4 : 2));
    }
  }

  async rest(ms = readMs) {
    for (const terminal of this.terminals) await settled(terminal);
    this.take(ms);
  }
}

/** Pairs of letters, as they are typed. */
const letters = (text) => text.match(/.{1,2}/gu);

async function play(film, [alice, ming], server) {
  await film.rest(600);
  await film.type(alice, ...letters("parlance -n alice"));
  alice.child.write("\r");
  await shows(alice, "/help");
  await film.rest(700);
  await film.type(ming, ...letters("parlance -n "), "小明");
  ming.child.write("\r");
  await shows(alice, "小明");
  await shows(ming, "/help");
  await film.rest();

  await film.type(alice, ...letters("the build is green again"));
  alice.child.write("\r");
  await shows(ming, "green again");
  await film.rest(900);
  await film.type(ming, "太好了，", "下午发布！");
  ming.child.write("\r");
  await shows(alice, "下午发布");
  await film.rest();

  await film.type(ming, "@a");
  await film.type(ming, "\t");
  await film.type(ming, "一起", "吃午饭吗？");
  ming.child.write("\r");
  await shows(alice, "吃午饭吗");
  await film.rest();
  // The initials of the pinyin of 小明.
  await film.type(alice, "@x", "m");
  await film.rest(500);
  await film.type(alice, "\t");
  await film.type(alice, ...letters("yes, at noon"));
  alice.child.write("\r");
  await shows(ming, "at noon");
  await film.rest();

  // The server goes away and comes back: what is typed meanwhile waits, and is sent once.
  await server.stop();
  await film.rest(900);
  await film.type(alice, ...letters("who takes the release?"));
  alice.child.write("\r");
  await film.rest();
  await server.start();
  await shows(ming, "takes the release");
  await film.rest(1800);
  await film.type(ming, "我来");
  ming.child.write("\r");
  await shows(alice, "我来");
  await film.rest(endMs);
}

const cell = { width: 8, height: 18, baseline: 13 };
const pad = 14;
const bar = 26;
const gap = 14;
const window = { width: columns * cell.width + 2 * pad, height: bar + rows * cell.height + pad };
/** In the light and in the dark face: xterm's first 16 colours are the terminal's own, and its red 160 is dark on black. */
const own = { 5: ["#8250df", "#d2a8ff"], 160: ["#d70000", "#ff6a69"] };

/** A colour of xterm's 256, which the client chose to be legible on white and on black. */
function colourOf(index) {
  if (index >= 232) return grey(8 + (index - 232) * 10);
  const level = (value) => (value === 0 ? 0 : 55 + value * 40);
  const [red, green, blue] = [36, 6, 1].map((unit) => level(Math.floor((index - 16) / unit) % 6));
  return `rgb(${red},${green},${blue})`;
}

const grey = (value) => `rgb(${value},${value},${value})`;

const escapeXml = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

const isFilled = ({ style }) => {
  const [isCursor, isInverse] = JSON.parse(style);
  return isCursor || isInverse;
};

/** The cells in reverse video as one rectangle each, since between two of them a seam would show. */
function drawFills(runs) {
  const fills = [];
  for (const { x, cells } of runs.filter(isFilled)) {
    const last = fills.at(-1);
    if (last && last.x + last.cells === x) last.cells += cells;
    else fills.push({ x, cells });
  }
  return fills.map(
    ({ x, cells }) => `<rect x="${x * cell.width}" width="${cells * cell.width}" height="${cell.height}"/>`,
  );
}

/** The text of a run, at its place in the row. */
function drawText(run) {
  const { x, style, text, cells } = run;
  const shown = text.trimEnd();
  if (shown.trim() === "") return "";
  const [, , isBold, isDim, colour] = JSON.parse(style);
  const fill = isFilled(run) ? "i" : colour >= 0 && `c${colour}`;
  const wide = cells / [...text].length;
  const classes = [fill, wide > 1 && "z", isBold && "b", isDim && "d"].filter(Boolean);
  const of = classes.length === 0 ? "" : ` class="${classes.join(" ")}"`;
  const length = [...shown].length * wide * cell.width;
  const at = `x="${x * cell.width}" y="${cell.baseline}" textLength="${length}"`;
  return `<text ${at}${of}>${escapeXml(shown)}</text>`;
}

const drawRow = (runs) => [...drawFills(runs), ...runs.map(drawText)].join("");

/** The picture: each different row once, shown during the frames that have it. */
function draw({ frames, terminals }) {
  const totalMs = frames.reduce((sum, { ms }) => sum + ms, 0);
  const percent = (ms) => `${Number(((100 * ms) / totalMs).toFixed(3))}%`;
  const looks = new Map();
  let atMs = 0;
  for (const { ms, screens } of frames) {
    screens.forEach((screen, index) => {
      screen.forEach((runs, y) => {
        if (runs === "[]") return;
        const key = `${index} ${y} ${runs}`;
        const look = looks.get(key) ?? { index, y, runs: JSON.parse(runs), spans: [] };
        looks.set(key, look);
        const last = look.spans.at(-1);
        if (last?.to === atMs) last.to += ms;
        else look.spans.push({ from: atMs, to: atMs + ms });
      });
    });
    atMs += ms;
  }
  const parts = terminals.map(() => []);
  const moves = [];
  for (const { index, y, runs, spans } of looks.values()) {
    const isLast = spans.at(-1).to === totalMs;
    const isAlways = isLast && spans.length === 1 && spans[0].from === 0;
    let classes = isLast ? "" : "h";
    if (!isAlways) {
      const name = `k${moves.length}`;
      const steps = spans.flatMap(({ from, to }) => [
        `${percent(from)}{visibility:visible}`,
        ...(to < totalMs ? [`${percent(to)}{visibility:hidden}`] : []),
      ]);
      const start = spans[0].from === 0 ? "" : "0%{visibility:hidden}";
      moves.push(`@keyframes ${name}{${start}${steps.join("")}}.${name}{animation-name:${name}}`);
      classes = `${classes} m ${name}`.trim();
    }
    const top = bar + y * cell.height;
    const of = classes === "" ? "" : ` class="${classes}"`;
    parts[index].push(`<g${of} transform="translate(${pad} ${top})">${drawRow(runs)}</g>`);
  }
  const colours = [
    ...new Set([...looks.values()].flatMap(({ runs }) => runs.map(({ style }) => JSON.parse(style)[4]))),
  ];
  return page({ colours: colours.filter((colour) => colour >= 0), moves, parts, terminals, totalMs });
}

function page({ colours, moves, parts, terminals, totalMs }) {
  const width = parts.length * window.width + (parts.length - 1) * gap + 2;
  const face = (dark) =>
    colours.map((index) => `.c${index}{fill:${own[index]?.[dark] ?? colourOf(index)}}`).join("");
  const windows = parts.map((rowsOf, index) => {
    const dots = [18, 34, 50].map((x) => `<circle cx="${x}" cy="13" r="4.5"/>`).join("");
    const title = `<text class="t" x="${window.width / 2}" y="17">${escapeXml(terminals[index].title)}</text>`;
    const frame = `<rect class="w" width="${window.width}" height="${window.height}" rx="8"/>`;
    const at = `translate(${1 + index * (window.width + gap)} 1)`;
    return `<g transform="${at}">${frame}<g class="o">${dots}</g>${title}\n${rowsOf.join("\n")}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${window.height + 2}" width="${width}" role="img">
<title>Two people chat with Parlance, each in a terminal</title>
<!-- Made by docs/record-session.mjs from a real session. -->
<style>
svg{--paper:#fff;--ink:#1f2328;--edge:#d0d7de}
text{font:13.3px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--ink);white-space:pre}
rect{fill:var(--ink)}.w{fill:var(--paper);stroke:var(--edge)}.i{fill:var(--paper)}.z{font-size:15px}.b{font-weight:700}.d{opacity:.62}
.o{fill:var(--edge)}.t{font:12px system-ui,sans-serif;text-anchor:middle;opacity:.62}.h{visibility:hidden}
${face(0)}
@media(prefers-color-scheme:dark){svg{--paper:#0d1117;--ink:#e6edf3;--edge:#3d444d}${face(1)}}
@media(prefers-reduced-motion:no-preference){.m{animation:${totalMs}ms step-end infinite}
${moves.join("\n")}}
</style>
${windows.join("\n")}
</svg>
`;
}

const folder = mkdtempSync(join(tmpdir(), "parlance-"));
const port = await freePort();
const store = `sqlite:${join(folder, "room.db")}`;
let running = await startServer(port, store);
const server = {
  stop: () => stop(running),
  async start() {
    running = await startServer(port, store);
  },
};
const terminals = [
  openTerminal(folder, { name: "alice", language: "en", port }),
  openTerminal(folder, { name: "ming", language: "zh-CN", port }),
];
try {
  const film = new Film(terminals);
  await play(film, terminals, server);
  writeFileSync(join(root, "docs/session.svg"), draw(film));
} finally {
  for (const { child } of terminals) child.kill("SIGKILL");
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
