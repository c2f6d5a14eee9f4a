/**
 * The hub: one session and one feed for all tabs of the page. It lives in a SharedWorker, or in the tab itself where there
 * is none. The tabs are views: they show the lines that the hub sends and send what a person types.
 */
import { Chat } from "../../chat/chat.js";
import { historyLines } from "../../chat/history.js";
import { offered } from "../../chat/input/commands.js";
import type { Line, Problem } from "../../chat/line.js";
import { loginProblem, questionAfter } from "../../chat/problem.js";
import { wakeAtMs } from "../../chat/reduce.js";
import { type Ignored, standingOf } from "../../chat/state.js";
import { withoutErased } from "../../chat/texts/lines.js";
import { refusalOf, SessionEnded } from "../../session/errors.js";
import type { FeedItem } from "../../session/feed.js";
import { limitsOf, UNKNOWN_LIMITS } from "../../session/limits.js";
import { roomOf } from "../../session/room.js";
import {
  connect,
  lookAt,
  type ResumedSession,
  type Session,
  type SessionOptions,
} from "../../session/session.js";
import { Member } from "./member.js";
import type { Batch, Entering, ModelWords, Request, Status, Stored, Update } from "./messages.js";
import { around, find, latestPage, newer, older } from "./reading.js";
import { ViewPort } from "./view-port.js";

/** Events that a fresh start replays, or a resumed one shows above what was missed. */
const BACKLOG = 50;
/** Lines that a tab receives when it opens. */
const KEPT_LINES = 500;
/** Lines that arrive within this time go to the tabs together, ms: one frame. */
const FLUSH_MS = 16;
/** How often countdowns and folded lines are looked at, ms. */
const TICK_MS = 250;

type Out = Extract<Status, { phase: "out" }>;
const OUT: Out = {
  ...{ phase: "out", nickname: "", problem: null, question: "nickname", suggestion: null, busy: false },
  ...{ room: null, features: [] },
};

/** A line that has the secret that the server made. */
type MadeSecret = Extract<Line, { kind: "registered" }>;

export class Hub {
  readonly #views = new Set<ViewPort>();
  #server = "";
  #words: ModelWords | undefined;
  #member: Member | undefined;
  #out: Out = OUT;
  #stored: Stored | null = null;
  #opened = false;
  #ignored: readonly Ignored[] = [];
  /** The view whose reader asked for a secret, and one that no view could show yet. */
  #registrar: ViewPort | undefined;
  #secret: MadeSecret | undefined;
  /** Ids of messages and edits that were erased since this hub runs. */
  readonly #erased = new Set<string>();

  /** Lines for tabs that open later, oldest first. */
  #batches: Batch[] = [];
  #pending: Line[] = [];
  /** Cursor of the first event since the last flush that printed something. */
  #before = "";
  #flushing = false;
  #sentStatus = "";

  /** Adds the view at the other end of a port. */
  add(port: MessagePort): void {
    const view = new ViewPort(port, (request) => this.#receive(view, request));
    this.#views.add(view);
  }

  #receive(view: ViewPort, request: Request): void {
    switch (request.kind) {
      case "open":
        this.#open(view, request);
        return;
      case "login":
        void this.#login(request);
        return;
      case "leave":
        void this.#leave();
        return;
      case "reconnect":
        this.#member?.chat.reconnect();
        return;
      case "wake":
        if (this.#member?.chat.state.connection.phase === "offline") this.#member.chat.feed.retryNow();
        return;
      case "close":
        this.#views.delete(view);
        return;
      case "call":
        void this.#call(view, request);
    }
  }

  #open(view: ViewPort, request: Extract<Request, { kind: "open" }>): void {
    const { server, words, stored, ignored } = request;
    this.#words = words;
    this.#server = server;
    this.#views.add(view);
    if (!this.#opened) {
      this.#ignored = ignored;
      if (stored) void this.#resume(stored);
      else void this.#arrive();
    }
    this.#opened = true;
    // Whoever opens the page wants to be here, not where a newer connection went.
    if (this.#member?.chat.state.connection.phase === "replaced") this.#member.chat.reconnect();
    view.send({ kind: "batches", batches: this.#batches, fresh: true });
    view.send({ kind: "status", status: this.#status() });
    this.#showSecret();
  }

  async #call(view: ViewPort, call: Extract<Request, { kind: "call" }>): Promise<void> {
    const member = this.#member;
    view.reply(call.id, member ? await this.#replyOf(member, view, call) : null);
  }

  async #replyOf(member: Member, view: ViewPort, call: Extract<Request, { kind: "call" }>) {
    switch (call.name) {
      case "follow":
        return view.follow(call.ask, member.chat.state);
      case "submit": {
        const { text, about } = call.ask;
        const searched = this.#searched(member, text);
        if (searched !== undefined) {
          view.send({ kind: "search", text: searched });
          return null;
        }
        if (isRegister(member, text)) this.#registrar = view;
        return member.submit(text, about, view);
      }
      case "perform": {
        const { command, given, person } = call.ask;
        if (command === "register") this.#registrar = view;
        return member.chat.perform(command, given, person);
      }
      case "complete":
        return member.complete(call.ask);
      case "person":
        return member.person(call.ask);
      case "latest":
        return this.#batches;
      case "older":
        return this.#shown(await older(member, call.ask));
      case "newer":
        return this.#shown(await newer(member, call.ask));
      case "around":
        return this.#shown(await around(member, call.ask));
      case "find": {
        const results = await find(member, call.ask);
        if ("what" in results) return results;
        const isKept = ({ id }: { readonly id: string }) => !this.#erased.has(id);
        return { ...results, found: results.found.filter(isKept) };
      }
      case "take":
        return member.take(call.ask, view);
      case "cancel":
        member.cancel(call.ask);
        return null;
    }
  }

  /** What a typed /find searches for, if this room has a search; undefined for any other input. */
  #searched({ chat }: Member, text: string): string | undefined {
    const parsed = chat.parse(text);
    const isSearch = parsed.kind === "command" && parsed.command.name === "find";
    return isSearch && chat.state.limits.features.includes("SEARCH") ? (parsed.given.rest ?? "") : undefined;
  }

  /** Before anyone enters: what the room asks for. Where an application or a proxy knows the person, that is nothing. */
  async #arrive(): Promise<void> {
    await this.#askRoom();
    if (this.#out.room?.entry === "EXTERNAL") await this.#login({ nickname: "", secret: "", invite: "" });
  }

  /** What the room asks for at present. */
  async #askRoom(): Promise<void> {
    try {
      const { room, limits } = await lookAt({
        server: this.#server,
        language: this.#words?.locale ?? "en",
      });
      const features = limits ? limitsOf(limits).features : [];
      this.#setOut({ ...this.#out, room: room ? roomOf(room) : null, features });
    } catch {
      // Not reachable, or it has no such call: the login finds out.
    }
  }

  async #login({ nickname, secret, invite }: Entering): Promise<void> {
    const out = this.#out;
    if (out.busy || this.#member) return;
    const { room, features } = out;
    this.#setOut({ ...OUT, room, features, nickname, busy: true });
    try {
      const session = await connect({
        ...this.#sessionOptions(nickname),
        ...(secret !== "" && { secret }),
        ...(invite !== "" && { invite }),
        onChange: this.#onChange,
      });
      this.#enter(session, null);
    } catch (error) {
      const problem = loginProblem(error, { server: this.#server, nickname, hasInvite: invite !== "" });
      const suggestion = refusalOf(error)?.suggestion ?? null;
      const question = questionAfter(problem);
      this.#setOut({ ...OUT, room, features, nickname, problem, question, suggestion });
      await this.#askRoom();
    }
  }

  /** Goes on with the session that the browser kept, below what it had shown. */
  async #resume(stored: Stored): Promise<void> {
    this.#stored = stored;
    this.#setOut({ ...OUT, nickname: stored.self.nickname, busy: true });
    const { token, self } = stored;
    const session = await connect({
      ...this.#sessionOptions(self.nickname),
      resume: { token, self, limits: UNKNOWN_LIMITS },
      onChange: this.#onChange,
    });
    await this.#showBefore(session, stored.cursor);
    this.#enter(session, stored);
  }

  /** The events up to the cursor, if they are among the latest; what follows them is missed, and the feed brings it. */
  async #showBefore({ client, self }: Session, cursor: string): Promise<void> {
    if (cursor === "") return;
    try {
      const page = await latestPage(client, BACKLOG);
      const last = page.events.findIndex((event) => event.cursor === cursor);
      if (last < 0) return;
      const lines = historyLines(page.events.slice(0, last + 1), self);
      this.#keep({ lines, before: page.previousCursor });
    } catch {
      // Not reachable, or the session is over: the feed finds out, and retries or logs in again.
    }
  }

  readonly #onChange = ({ token, self }: ResumedSession): void => {
    this.#store({ token, self, cursor: this.#stored?.cursor ?? "", seenMs: Date.now() });
  };

  #sessionOptions(nickname: string): SessionOptions {
    return { server: this.#server, nickname, language: this.#words?.locale ?? "en", waitOutRate: false };
  }

  #enter(session: Session, resumed: Stored | null): void {
    const hub = this;
    const chat = new Chat({
      session,
      server: this.#server,
      // The view that was opened last may have another language.
      words: {
        get help() {
          return hub.#words!.help;
        },
        get forms() {
          return hub.#words!.forms;
        },
        get habits() {
          return hub.#words!.habits;
        },
        get locale() {
          return hub.#words!.locale === "en" ? "en" : "zh-CN";
        },
      },
      start: {
        ...(resumed?.cursor ? { after: resumed.cursor } : {}),
        backlog: Math.min(BACKLOG, session.limits.maxBacklog),
        waitsIfReplaced: true,
      },
      awaySinceMs: resumed?.cursor ? resumed.seenMs : null,
      onStep: (lines) => this.#print(lines),
      onQuit: () => void this.#leave(),
      // On each input that cannot be undone; menus and dialogs ask by themselves.
      asks: true,
      ignored: {
        load: () => this.#ignored,
        save: (ignored) => {
          this.#ignored = ignored;
          this.#sendAll({ kind: "ignored", ignored });
        },
      },
    });
    const member = new Member(chat, session, () => this.#sendStatus());
    this.#member = member;
    this.#out = OUT;
    const ticks = setInterval(() => {
      const nowMs = Date.now();
      if (nowMs >= (wakeAtMs(chat.state) ?? Number.POSITIVE_INFINITY)) chat.dispatch({ kind: "tick", nowMs });
      member.outbox.wake();
      this.#flushSoon();
    }, TICK_MS);
    chat
      .run(
        (item) => this.#onItem(item),
        () => Promise.resolve(),
      )
      .then(
        () => this.#ended(member, null),
        (error: unknown) => this.#ended(member, this.#endOf(error, session)),
      )
      .finally(() => clearInterval(ticks));
    this.#flushSoon();
  }

  #endOf(error: unknown, session: Session): Problem {
    const { nickname } = session.self;
    if (refusalOf(error)?.reason === "NICKNAME_TAKEN") return { what: "session_lost", nickname };
    if (error instanceof SessionEnded) return { what: "refused", message: error.reason, kept: "none" };
    return loginProblem(error, { server: this.#server, nickname, hasInvite: false });
  }

  #onItem(item: FeedItem): void {
    const { chat } = this.#member!;
    if (item.kind === "event") {
      this.#before ||= item.event.cursor;
      if (this.#stored) this.#stored = { ...this.#stored, cursor: item.event.cursor, seenMs: Date.now() };
      if (item.event.kind === "redacted") this.#erase([...item.event.messageIds, ...item.event.editIds]);
    } else if (item.kind === "signal") {
      if (this.#stored) this.#stored = { ...this.#stored, seenMs: Date.now() };
      const { kind } = item.signal;
      // For completion and addresses, which go by the events alone if this fails; the title is no more than a heading.
      if (kind === "caughtUp" || kind === "gap") chat.refreshPeople().catch(() => {});
      if (kind === "caughtUp") chat.refreshRoom().catch(() => {});
    }
    this.#flushSoon();
  }

  async #leave(): Promise<void> {
    const member = this.#member;
    if (!member) return;
    await member.session.leave();
    this.#ended(member, null);
  }

  /** `member` is no longer in the room. */
  #ended(member: Member, problem: Problem | null): void {
    if (this.#member !== member) return;
    const { nickname } = member.session.self;
    this.#member = undefined;
    this.#batches = [];
    this.#pending = [];
    this.#before = "";
    this.#store(null);
    this.#out = { ...OUT, nickname, problem, question: problem ? questionAfter(problem) : "nickname" };
    this.#sendAll({ kind: "batches", batches: [], fresh: true });
    this.#sendStatus();
    member.close();
    void this.#askRoom();
  }

  #print(lines: readonly Line[]): void {
    for (const line of lines) {
      // Not among the lines, which are kept and shown in all tabs.
      if (line.kind === "registered" && line.secret !== "") this.#secret = line;
      else this.#pending.push(line);
    }
    this.#showSecret();
    this.#flushSoon();
  }

  /** Shows a secret once, in the view that asked for it, or if that is closed in another one. */
  #showSecret(): void {
    const registrar = this.#registrar;
    const view = registrar && this.#views.has(registrar) ? registrar : [...this.#views][0];
    if (!this.#secret || !view) return;
    const { nickname, secret } = this.#secret;
    this.#secret = undefined;
    view.send({ kind: "secret", nickname, secret });
  }

  /** Drops the texts of what was erased, here and in the views. */
  #erase(ids: readonly string[]): void {
    for (const id of ids) this.#erased.add(id);
    this.#batches = this.#batches.map((batch) => this.#shown(batch));
    this.#pending = [...this.#shown({ lines: this.#pending }).lines];
    this.#sendAll({ kind: "erased", ids });
  }

  /** Lines as they may be shown by now: some were read, or held, before their texts were erased. */
  #shown<Lines extends { readonly lines: readonly Line[] } | null>(some: Lines): Lines {
    if (!some || this.#erased.size === 0) return some;
    return { ...some, lines: some.lines.map((line) => withoutErased(line, this.#erased)) };
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setTimeout(() => {
      this.#flushing = false;
      this.#flush();
    }, FLUSH_MS);
  }

  #flush(): void {
    if (this.#pending.length > 0) {
      this.#keep(this.#shown({ lines: this.#pending, before: this.#before }));
      this.#pending = [];
      this.#before = "";
    }
    this.#sendStatus();
  }

  /** Sends a batch, and keeps it for tabs that open later. */
  #keep(batch: Batch): void {
    this.#batches.push(batch);
    let count = this.#batches.reduce((sum, { lines }) => sum + lines.length, 0);
    while (this.#batches.length > 1 && count > KEPT_LINES) count -= this.#batches.shift()!.lines.length;
    this.#sendAll({ kind: "batches", batches: [batch], fresh: false });
    this.#sendAll({ kind: "stored", stored: this.#stored });
  }

  #store(stored: Stored | null): void {
    this.#stored = stored;
    this.#sendAll({ kind: "stored", stored });
  }

  #setOut(out: Out): void {
    this.#out = out;
    this.#sendStatus();
  }

  #status(): Status {
    const member = this.#member;
    if (!member) return this.#out;
    const { state } = member.chat;
    const { connection, ignoring, online, roomTitle: title, registered } = state;
    const { self } = member.session;
    const pending = member.pending(Date.now());
    const commands = offered(standingOf(state)).map(({ name }) => name);
    return { phase: "in", self, connection, ignoring, online, pending, title, registered, commands };
  }

  #sendStatus(): void {
    const status = this.#status();
    const text = JSON.stringify(status);
    if (text === this.#sentStatus) return;
    this.#sentStatus = text;
    this.#sendAll({ kind: "status", status });
  }

  #sendAll(update: Update): void {
    for (const view of this.#views) view.send(update);
  }
}

/** Whether an input registers the reader's nickname. */
const isRegister = ({ chat }: Member, text: string) => {
  const parsed = chat.parse(text);
  return parsed.kind === "command" && parsed.command.name === "register";
};
