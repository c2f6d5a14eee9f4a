/** A line of the chat as an element. */
import type { HelpLine, Line, SpokenLine, UsersLine } from "../../chat/line.js";
import { clockText } from "../../text/clock-text.js";
import { coreNoticeWords, coreRuleWords, factsOf } from "../../text/core-text.js";
import { nicknameHash } from "../../text/nickname-hash.js";
import { sanitizeRow, sanitizeText } from "../../text/sanitize.js";
import { element } from "../dom.js";
import type { PageWords } from "../words.js";
import { piecesOf } from "./pieces.js";
import { isRare, type LoadedWords, type RareLine } from "./rare.js";

/** Number of colours for nicknames in style.css. */
const COLOURS = 16;

export interface LineContext {
  readonly words: PageWords;
  /** The reader's nickname; null before login. */
  readonly self: string | null;
  /** null: not loaded. */
  readonly rare: LoadedWords | null;
  /** Whether a message has another text by now, which a later line shows. */
  readonly isEdited: (id: string) => boolean;
}

/** All foreign text in it is sanitised, and set as text. */
export function lineElement(line: Line, context: LineContext): HTMLElement {
  const { words } = context;
  if (isRare(line)) return rareElement(line, context);
  switch (line.kind) {
    case "message":
    case "private":
      return spoken(line, context);
    case "before":
    case "offline":
    case "trimmed":
    case "while_away":
    case "history":
    case "history_end":
    case "read_up_to":
    case "found_end":
      return rule(coreRuleWords(line, words));
    case "users":
      return users(line, words);
    case "help":
      return help(line, words);
    default:
      return row("notice", line.at, sanitizeText(coreNoticeWords(line, { words, interactive: true })));
  }
}

function rareElement(line: RareLine, { rare, words }: LineContext): HTMLElement {
  if (line.kind === "edited" && line.erased) return row("notice erased", line.at, words.web.marks.erased);
  const text = rare?.line(line) ?? words.web.outdated;
  switch (line.kind) {
    case "found":
      return rule(text);
    case "problem":
    case "quote":
      return row(line.kind, null, text);
    case "bans":
      return row("notice", null, text);
    case "edited":
      return row("notice changed", line.at, text);
    default:
      return row("notice", line.at, text);
  }
}

export function rule(text: string): HTMLElement {
  return element("div", { class: "rule" }, element("span", {}, text));
}

function spoken(line: SpokenLine, { words, self, isEdited }: LineContext): HTMLElement {
  const { spoken: names, web } = words;
  const isPrivate = line.kind === "private";
  const own = isPrivate ? line.direction !== "in" : line.own;
  const pieces = piecesOf(line.text, own || isPrivate ? null : self);
  const isMention = pieces.some(({ kind }) => kind === "mention");
  const { marks, menu } = web;
  const { erased = false, id = "" } = line;
  const classes = [
    "row",
    "message",
    own && "own",
    isPrivate && "private",
    isMention && "mention",
    erased && "erased",
  ];
  const isOut = isPrivate && line.direction === "out";
  const person = isOut ? line.recipient : line.sender;
  const who = [
    isOut ? `${names.you} → ` : "",
    own && !isOut ? name(person, true) : nameButton(person, false),
    ...(line.registered && !isOut ? [mark(marks.registered)] : []),
  ];
  const tags = [line.bot && !isOut ? marks.bot : "", isPrivate ? web.privateMessage : ""].filter(Boolean);
  const after = !erased && isEdited(id) ? [" ", element("span", { class: "edited" }, marks.edited)] : [];
  const more = { type: "button", class: "more", tabindex: "-1", "aria-haspopup": "menu" };
  const label = [
    isPrivate ? names.privateTag : "",
    sanitizeRow(line.sender),
    ...(isOut ? [web.toOne(sanitizeRow(line.recipient))] : []),
    clockText(line.at, "hm"),
  ];
  return element(
    "article",
    {
      class: classes.filter(Boolean).join(" "),
      tabindex: "-1",
      "aria-label": label.filter(Boolean).join(" "),
    },
    element("span", { class: "who" }, ...who, ...tags.map((tag) => element("span", { class: "tag" }, tag))),
    element(
      "p",
      { class: "text", dir: "auto" },
      ...(erased ? [marks.erased] : pieces.map(pieceElement)),
      ...after,
    ),
    element("button", { ...more, "aria-label": menu.more }, "⋯"),
    time(line.at),
  );
}

/** Behind the name of a person whose own it is. */
function mark(label: string): HTMLElement {
  return element("span", { class: "mark", role: "img", "aria-label": label, title: label }, "✓");
}

/** A nickname with a menu. `isStop`: of the Tab key; on a message, the log has a key for its menu. */
function nameButton(nickname: string, isStop: boolean): HTMLElement {
  return element(
    "button",
    { type: "button", class: "who-menu", tabindex: isStop ? undefined : "-1", "aria-haspopup": "menu" },
    name(nickname, false),
  );
}

function pieceElement(piece: ReturnType<typeof piecesOf>[number]): Node | string {
  switch (piece.kind) {
    case "text":
      return piece.text;
    case "mention":
      return element("mark", {}, piece.text);
    case "link":
      return element(
        "a",
        { href: piece.href, target: "_blank", rel: "noopener noreferrer nofollow" },
        piece.text,
      );
  }
}

/** A nickname, isolated from the direction of the text around it. */
export function name(nickname: string, own: boolean): HTMLElement {
  const colour = `n${nicknameHash(nickname) % COLOURS}`;
  return element("bdi", { class: `name ${colour}${own ? " own" : ""}` }, sanitizeRow(nickname));
}

function time(at: number): HTMLElement {
  return element("time", { datetime: new Date(at).toISOString() }, clockText(at, "hm"));
}

function row(kind: string, at: number | null, text: string): HTMLElement {
  const clock = at === null ? [] : [time(at)];
  return element(
    "div",
    { class: `row ${kind}` },
    element("p", { class: "text", dir: "auto" }, text),
    ...clock,
  );
}

function users({ users: listed, total }: UsersLine, all: PageWords): HTMLElement {
  const { users: words } = all;
  const names = listed.map((user) => {
    const { nickname, self } = user;
    const facts = factsOf(user, all);
    const shown = self ? name(nickname, true) : nameButton(nickname, true);
    return element("li", {}, shown, ...(facts.length > 0 ? [` (${words.facts(facts)})`] : []));
  });
  const more = total > listed.length ? [element("li", {}, words.more(total - listed.length))] : [];
  return element(
    "div",
    { class: "row list" },
    element("p", {}, words.heading(total)),
    element("ul", {}, ...names, ...more),
  );
}

function help({ rows }: HelpLine, { help: words }: PageWords): HTMLElement {
  const shown = rows.flatMap(({ usage, summary }) => [
    element("dt", {}, sanitizeRow(usage)),
    element("dd", {}, sanitizeRow(summary)),
  ]);
  const footer = element("p", {}, words.footer);
  return element("div", { class: "row list" }, element("dl", {}, ...shown), footer);
}
