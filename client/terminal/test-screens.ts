/** For tests: all screens, as an emulator shows them. Local time is Asia/Shanghai (set TZ). */

import { helpRows, offered } from "../chat/input/commands.js";
import type { Line, Problem, SpokenLine } from "../chat/line.js";
import type { Pending } from "../chat/outbox.js";
import { initialState, type State } from "../chat/state.js";
import type { Words } from "../i18n/zh-CN.js";
import { zhCN } from "../i18n/zh-CN.js";
import { UNKNOWN_LIMITS } from "../session/limits.js";
import { guest } from "../session/test-room.js";
import { Scrollback } from "../text/line-text.js";
import { viewFooter, viewLoginFooter, viewLoginIntro } from "./footer.js";
import { type EditorState, emptyEditor } from "./input/editor-state.js";
import type { Footer, Size } from "./screen/frame.js";
import type { Reflow } from "./screen/reflow.js";
import { createRenderer } from "./screen/renderer.js";
import { createFakeClock } from "./screen/test-clock.js";
import { FakeScreen } from "./screen/test-emulator.js";
import { createTheme } from "./theme.js";

export const theme = createTheme(8);
export const clock = (hm: string) => Date.parse(`2026-11-22T${hm}:00+08:00`);
const nowMs = clock("18:13");

/** A fresh screen after these texts, above this footer. */
async function shown(
  columns: number,
  texts: readonly string[],
  footer: (size: Size) => Footer,
  rows = 40,
  reflow: Reflow = "unknown",
): Promise<string> {
  const screen = new FakeScreen({ columns, rows });
  const fakeClock = createFakeClock();
  const skippedLine = String;
  const renderer = createRenderer({
    out: screen,
    footer,
    skippedLine,
    reflow: () => reflow,
    clock: fakeClock,
  });
  for (const text of texts) renderer.print(text);
  fakeClock.advance(100);
  renderer.drawNow();
  const grid = await screen.grid();
  renderer.close();
  return `\n${grid}\n`;
}

export interface Scene {
  readonly words: Words;
  readonly columns: number;
  /** Default 40. */
  readonly rows?: number;
  readonly lines?: readonly Line[];
  readonly state?: Partial<State>;
  readonly input?: string;
  readonly editor?: Partial<EditorState>;
  readonly recipient?: string | null;
  readonly secretFrom?: number | null;
  /** Default unknown. */
  readonly reflow?: Reflow;
  readonly pending?: readonly Pending[];
}

export function chat({
  words,
  columns,
  rows = 40,
  lines = [],
  state,
  input = "",
  editor,
  recipient = null,
  secretFrom = null,
  reflow = "unknown",
  pending = [],
}: Scene): Promise<string> {
  const nickname = words === zhCN ? "小明" : "ming";
  const whole: State = {
    ...initialState("http://127.0.0.1:12231"),
    self: { nickname, id: "1" },
    connection: { phase: "online" },
    online: 4,
    ...state,
  };
  const scrollback = new Scrollback(words, theme, "hm");
  return shown(
    columns,
    lines.map((line) => scrollback.text(line, nickname)),
    (size) =>
      viewFooter({
        words,
        theme,
        state: whole,
        editor: { ...emptyEditor, text: input, cursor: input.length, ...editor },
        recipient,
        secretFrom,
        pending,
        size,
        ambiguous: "narrow",
        nowMs,
      }),
    rows,
    reflow,
  );
}

export const say = (hm: string, sender: string, text: string, own = false): SpokenLine => ({
  kind: "message",
  at: clock(hm),
  sender,
  registered: false,
  bot: false,
  text,
  own,
  live: true,
});
export const whisper = (
  hm: string,
  sender: string,
  recipient: string,
  text: string,
  direction: "in" | "out",
): SpokenLine => ({
  kind: "private",
  at: clock(hm),
  sender,
  registered: false,
  bot: false,
  recipient,
  text,
  direction,
  live: true,
});
export const problem = (found: Problem, hm = "18:13"): Line => ({
  kind: "problem",
  at: clock(hm),
  problem: found,
});

/** Every screen in one language, for a number of columns. */
export function screensIn(words: Words) {
  const zh = words === zhCN;
  const self = zh ? "小明" : "ming";
  const other = zh ? "老王" : "laowang";
  const third = zh ? "张三丰" : "zhang";
  return {
    firstRun(columns: number): Promise<string> {
      const scrollback = new Scrollback(words, theme, "hm");
      const typed = { ...emptyEditor, text: `${self}2`, cursor: self.length + 1 };
      const tell = (found: Problem) => scrollback.text(problem(found), null);
      return shown(
        columns,
        [
          viewLoginIntro(words, "http://127.0.0.1:12231"),
          tell({ what: "nickname_space" }),
          tell({ what: "nickname_start" }),
          tell({ what: "nickname_taken", nickname: self, suggestion: `${self}2` }),
        ],
        (size) =>
          viewLoginFooter({
            ...{ words, theme, size, nowMs, prompt: words.asks.prompt },
            editor: typed,
            ambiguous: "narrow",
          }),
      );
    },
    room(columns: number): Promise<string> {
      return chat({
        words,
        columns,
        lines: [
          say("17:58", other, zh ? "构建挂了吗？" : "is the build broken?"),
          say("18:02", "alice", "just pushed a fix"),
          { kind: "before", at: clock("18:05"), count: 2 },
          { kind: "welcome", at: clock("18:05"), nickname: self, online: 4 },
          say("18:05", self, zh ? "大家好" : "hi all", true),
          say("18:06", "bob", `@${self} https://ci.example.org/build/4821`),
          { kind: "joined", at: clock("18:06"), nicknames: [third] },
          { kind: "joined", at: clock("18:06"), nicknames: [third, "a", "b", "c", "d"] },
          { kind: "left", at: clock("18:07"), nicknames: ["bob"] },
          whisper("18:07", "alice", self, zh ? "你在吗？" : "are you there?", "in"),
          whisper("18:07", self, "alice", zh ? "在的" : "yes", "out"),
        ],
        input: "@al",
      });
    },
    lists(columns: number): Promise<string> {
      return chat({
        words,
        columns,
        lines: [
          {
            kind: "users",
            at: 0,
            total: 5,
            users: [
              { ...guest(self, "1"), self: true },
              { ...guest("alice", "1"), self: false },
              { ...guest(other, "1"), self: false },
              { ...guest(third, "1"), self: false },
            ],
          },
          {
            kind: "help",
            at: 0,
            rows: helpRows(words, offered({ role: "MEMBER", registered: false, features: [] })),
          },
        ],
      });
    },
    history(columns: number): Promise<string> {
      return chat({
        words,
        columns,
        lines: [
          say("18:05", self, zh ? "大家好" : "hi all", true),
          problem({ what: "bad_count", command: "/history", max: 500 }),
          { kind: "history", at: nowMs, count: 3, older: false },
          say("18:02", "alice", "just pushed a fix"),
          { kind: "joined", at: clock("18:03"), nicknames: [third] },
          say("18:05", self, zh ? "大家好" : "hi all", true),
          { kind: "history_end", at: nowMs, atStart: false },
          { kind: "history", at: nowMs, count: 1, older: true },
          {
            ...say("17:58", other, zh ? "构建挂了吗？" : "is the build broken?"),
            at: clock("17:58") - 86_400_000,
          },
          { kind: "history_end", at: nowMs, atStart: true },
          problem({ what: "no_history" }),
          say("18:06", "bob", zh ? "欢迎！" : "welcome!"),
        ],
      });
    },
    mistakes(columns: number): Promise<string> {
      return chat({
        words,
        columns,
        lines: [
          problem({ what: "unknown_command", typed: "/lss", suggestion: "/ls" }),
          problem({ what: "no_such_user", nickname: "Alcie", suggestion: "alice" }),
          problem({ what: "nothing_to_send", behind: "@alice" }),
          problem({ what: "rate_limited", retryMs: 3000, kept: "input" }),
          problem({
            what: "text_too_long",
            size: { bytes: 5200, lines: 200 },
            limits: { maxTextBytes: 4096, maxTextLines: 50 },
            kept: "input",
          }),
        ],
      });
    },
    ignoring(columns: number): Promise<string> {
      return chat({
        words,
        columns,
        state: { ignoring: true },
        lines: [
          { kind: "ignoring", at: clock("18:09") },
          problem({ what: "ignoring", kept: "input" }),
          { kind: "ignoring_ended", at: clock("18:12"), skipped: 12 },
        ],
      });
    },
    privately(columns: number): Promise<string> {
      return chat({
        words,
        columns,
        lines: [
          whisper("18:07", self, "alice", zh ? "在吗？" : "are you there?", "out"),
          { kind: "away", at: clock("18:07"), nickname: "alice", withinMs: 30_000 },
          {
            kind: "undelivered",
            at: clock("18:08"),
            nickname: "alice",
            count: 3,
            texts: [zh ? "在吗？" : "are you there?", "https://ci.example.org/build/4821 ".repeat(3)],
          },
          { kind: "undelivered", at: clock("18:08"), nickname: third, count: 1, texts: [] },
          problem({ what: "another_person", nickname: "alice", kept: "input" }),
          problem({ what: "joined_since", nickname: "alice", kept: "input" }),
        ],
        input: `@alice ${zh ? "看到了吗" : "did you see it"}`,
        recipient: "alice",
      });
    },
    replaced(columns: number): Promise<string> {
      return chat({
        words,
        columns,
        state: { connection: { phase: "replaced" } },
        lines: [{ kind: "goodbye", at: clock("18:12"), reason: "REPLACED" }],
        input: zh ? "还没发出去的一句" : "not sent yet",
      });
    },
    pending(columns: number): Promise<string> {
      const texts = zh
        ? ["大家好", "在吗？", "@张三 收到"]
        : ["hello everybody", "are you there?", "@alcie hi"];
      const alice = { nickname: "alice", id: "a" };
      const at = { sinceMs: nowMs, retryAtMs: null, problem: null };
      return chat({
        words,
        columns,
        state: {
          connection: { phase: "offline", sinceMs: nowMs - 9000, attempt: 3, retryAtMs: nowMs + 3500 },
        },
        lines: [problem({ what: "not_confirmed", kept: "held" })],
        pending: [
          {
            ...at,
            text: `${texts[0]} ${"https://ci.example.org/build/4821 ".repeat(3)}`,
            address: null,
            phase: "sending",
            place: 1,
          },
          {
            ...{ ...at, text: texts[1] ?? "", phase: "waiting", place: 2, retryAtMs: nowMs + 2500 },
            address: { key: null, person: alice, absent: false, finished: true },
          },
          { ...at, text: `${texts[2]}\n2`, address: null, phase: "held", place: 3 },
        ],
      });
    },
    searching(columns: number): Promise<string> {
      const found = zh ? "构建修好了" : "the build is fixed";
      const draft = { text: "", cursor: 0 };
      return chat({
        words,
        columns,
        input: found,
        editor: { search: { query: zh ? "修" : "fix", index: 0, isFailed: true, draft } },
      });
    },
    tooLong(columns: number): Promise<string> {
      return chat({
        words,
        columns,
        rows: 12,
        state: { limits: { ...UNKNOWN_LIMITS, maxTextBytes: 40, maxTextLines: 3 } },
        input: zh ? "第一行 第一行\n2\n3\n4\n第五行" : "the first row of a paste\n2\n3\n4\nthe last row",
      });
    },
    reconnecting(columns: number): Promise<string> {
      return chat({
        words,
        columns,
        state: {
          connection: { phase: "offline", sinceMs: nowMs - 9000, attempt: 3, retryAtMs: nowMs + 3500 },
        },
        lines: [problem({ what: "connection_lost" })],
        input: zh ? "还没发出去的一句" : "not sent yet",
      });
    },
    resumed(columns: number): Promise<string> {
      return chat({
        words,
        columns,
        lines: [
          { kind: "offline", at: clock("18:13"), offlineMs: 38_000, count: 2 },
          say("18:13", "alice", zh ? "有人在吗" : "anyone here?"),
          say("18:14", other, zh ? "在" : "yes"),
          { kind: "resumed", at: clock("18:14"), missed: true },
          { kind: "resumed", at: clock("18:15"), missed: false },
          { kind: "offline", at: clock("18:16"), offlineMs: 38_000, count: null },
          { kind: "trimmed", at: clock("18:16"), offlineMs: 3 * 3600_000 },
          { kind: "store_replaced", at: clock("18:16") },
          { kind: "log_went_back", at: clock("18:16") },
          { kind: "goodbye", at: clock("18:17"), reason: "SHUTTING_DOWN" },
        ],
      });
    },
    addressing(columns: number): Promise<string> {
      const candidates = ["alice", "alex", zh ? "阿里" : "ali"].map((label) => ({
        label,
        text: `@${label} `,
      }));
      return chat({
        words,
        columns,
        input: "@alex ",
        recipient: "alex",
        editor: { menu: { candidates, selected: 1, start: 0, end: 6 } },
      });
    },
  };
}
