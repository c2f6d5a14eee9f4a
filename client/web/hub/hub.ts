/**
 * The hub: one session and one feed for all tabs of the page. It lives in a SharedWorker, or in the tab itself where there
 * is none. The tabs are views: they show the lines that the hub sends and send what a person types.
 */
import { Chat } from "../../chat/chat.js";
import { historyLines } from "../../chat/history.js";
import { offered } from "../../chat/input/commands.js";
import type { Line, NoticeLine } from "../../chat/line.js";
import { wakeAtMs } from "../../chat/reduce.js";
import { type Ignored, standingOf } from "../../chat/state.js";
import type { FeedItem } from "../../session/feed.js";
import { limitsOf, UNKNOWN_LIMITS } from "../../session/limits.js";
import { backoffMs } from "../../session/retry.js";
import { roomOf } from "../../session/room.js";
import {
  connect,
  lookAt,
  type ResumedSession,
  type Session,
  type SessionOptions,
} from "../../session/session.js";
import { type AskToken, tokenOrError } from "./host-token.js";
import { KeptLines } from "./kept-lines.js";
import { Member } from "./member.js";
import {
  type Entering,
  type ModelWords,
  OUT,
  type Out,
  type Request,
  type Status,
  type Stored,
  type Update,
} from "./messages.js";
import { outAfterLogin, outAfterStay } from "./out.js";
import { around, find, latestPage, newer, older } from "./reading.js";
import { ViewPort } from "./view-port.js";

/** Events that a fresh start replays, or a resumed one shows above what was missed. */
const BACKLOG = 50;
/** How often countdowns and folded lines are looked at, ms. */
const TICK_MS = 250;

/** A login that names no one: a token, or a proxy, does. */
const UNNAMED: Entering = { nickname: "", secret: "", invite: "" };

/** A line that has the secret that the server made. */
type MadeSecret = Extract<Line, { kind: "registered" }>;

export interface HubOptions {
  /** The application vouches for its user: a token takes the place of nickname and stored session. */
  readonly accessToken?: AskToken;
}

export class Hub {
  readonly #accessToken: (() => Promise<string>) | undefined;
  /** Ends the login or the session of the present. */
  #end = new AbortController();
  readonly #views = new Set<ViewPort>();
  #server = "";
  #words: ModelWords | undefined;
  #member: Member | undefined;
  #out: Out = OUT;
  #stored: Stored | null = null;
  #opened = false;
  #ignored: readonly Ignored[] = [];
  /** What a moderator did to the reader last. */
  #removal: NoticeLine | null = null;
  /** The view whose reader asked for a secret, and one that no view could show yet. */
  #registrar: ViewPort | undefined;
  #secret: MadeSecret | undefined;
  readonly #lines = new KeptLines({
    onBatch: (batch) => {
      this.#sendAll({ kind: "batches", batches: [batch], fresh: false });
      this.#sendAll({ kind: "stored", stored: this.#stored });
    },
    onFlush: () => this.#sendStatus(),
  });
  #sentStatus = "";
  /** Where the person was, for a login with a token that leads to the same one. */
  #last: Stored | null = null;
  /** Of logins with a token, while the room or the application cannot be reached. */
  #attempts = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor({ accessToken }: HubOptions = {}) {
    this.#accessToken = accessToken && tokenOrError(accessToken);
  }

  /** Adds the view at the other end of a port. */
  add(port: MessagePort): void {
    const view = new ViewPort(port, (request) => this.#receive(view, request));
    this.#views.add(view);
  }

  /** Ends everything without leaving: the member stays for the grace. */
  close(): void {
    this.#end.abort();
    clearTimeout(this.#retry);
    this.#views.clear();
  }

  #receive(view: ViewPort, request: Request): void {
    switch (request.kind) {
      case "open":
        this.#open(view, request);
        return;
      case "login":
        void this.#login(this.#accessToken ? UNNAMED : request);
        return;
      case "leave":
        void this.leave();
        return;
      case "reconnect":
        this.#member?.chat.reconnect();
        return;
      case "wake":
        if (this.#member?.chat.state.connection.phase === "offline") this.#member.chat.feed.retryNow();
        else if (this.#retry !== undefined) void this.#login(UNNAMED);
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
      this.#last = this.#accessToken ? stored : null;
      if (this.#accessToken) void this.#login(UNNAMED);
      else if (stored) void this.#resume(stored);
      else void this.#arrive();
    }
    this.#opened = true;
    // A person who opens the page wants to be here, not where a newer connection went.
    if (this.#member?.chat.state.connection.phase === "replaced") this.#member.chat.reconnect();
    view.send({ kind: "batches", batches: this.#lines.batches, fresh: true });
    view.send({ kind: "status", status: this.#status() });
    this.#showSecret();
  }

  async #call(view: ViewPort, call: Extract<Request, { kind: "call" }>): Promise<void> {
    const member = this.#member;
    view.reply(call.id, member ? await this.#replyOf(member, view, call) : null);
  }

  async #replyOf(member: Member, view: ViewPort, call: Extract<Request, { kind: "call" }>) {
    switch (call.name) {
      case "ping":
        return null;
      case "follow":
        return view.follow(call.ask, member.chat.state);
      case "submit": {
        const { text, about } = call.ask;
        const searched = searchedBy(member, text);
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
        return this.#lines.batches;
      case "older":
        return this.#lines.shown(await older(member, call.ask));
      case "newer":
        return this.#lines.shown(await newer(member, call.ask));
      case "around":
        return this.#lines.shown(await around(member, call.ask));
      case "find": {
        const results = await find(member, call.ask);
        return "what" in results ? results : { ...results, found: this.#lines.found(results.found) };
      }
      case "take":
        return member.take(call.ask, view);
      case "cancel":
        member.cancel(call.ask);
        return null;
    }
  }

  /** Before anyone enters: what the room asks for. Where an application or a proxy knows the person, that is nothing. */
  async #arrive(): Promise<void> {
    await this.#askRoom();
    if (this.#out.room?.entry === "EXTERNAL") await this.#login(UNNAMED);
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
    if (this.#out.busy || this.#member) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const { room, features } = this.#out;
    this.#setOut({ ...OUT, room, features, nickname, busy: true });
    const { signal } = this.#end;
    try {
      const session = await connect({
        ...this.#sessionOptions(nickname),
        ...(secret !== "" && { secret }),
        ...(invite !== "" && { invite }),
        onChange: this.#onChange,
      });
      if (signal.aborted) return;
      this.#attempts = 0;
      const resumed = this.#last?.self.id === session.self.id ? this.#last : null;
      this.#last = null;
      if (resumed && this.#stored) this.#stored = { ...this.#stored, cursor: resumed.cursor };
      if (resumed) await this.#showBefore(session, resumed.cursor);
      this.#enter(session, resumed);
    } catch (error) {
      if (signal.aborted) return;
      const attempt = { server: this.#server, nickname, hasInvite: invite !== "" };
      this.#setOut({ ...outAfterLogin(error, attempt), room, features });
      this.#retryLater();
      if (!this.#accessToken) await this.#askRoom();
    }
  }

  /** A person whom an application brings has no form to try again by. */
  #retryLater(): void {
    const isClosed = this.#views.size === 0;
    if (!this.#accessToken || isClosed || this.#out.problem?.what !== "cannot_reach") return;
    this.#retry = setTimeout(() => void this.#login(UNNAMED), backoffMs(++this.#attempts, Math.random()));
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
      this.#lines.keep({ lines, before: page.previousCursor });
    } catch {
      // Not reachable, or the session is over: the feed finds out, and retries or logs in again.
    }
  }

  readonly #onChange = ({ token, self }: ResumedSession): void => {
    this.#store({ token, self, cursor: this.#stored?.cursor ?? "", seenMs: Date.now() });
  };

  #sessionOptions(nickname: string): SessionOptions {
    return {
      server: this.#server,
      nickname,
      language: this.#words?.locale ?? "en",
      waitOutRate: false,
      signal: this.#end.signal,
      ...(this.#accessToken && { accessToken: this.#accessToken }),
    };
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
      onQuit: () => void this.leave(),
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
      this.#lines.flushSoon();
    }, TICK_MS);
    chat
      .run(
        (item) => this.#onItem(item),
        () => Promise.resolve(),
      )
      .then(
        () => this.#ended(member, null),
        (error: unknown) => this.#ended(member, error),
      )
      .finally(() => clearInterval(ticks));
    this.#lines.flushSoon();
  }

  #onItem(item: FeedItem): void {
    const { chat } = this.#member!;
    if (item.kind === "event") {
      this.#lines.reached(item.event.cursor);
      if (this.#stored) this.#stored = { ...this.#stored, cursor: item.event.cursor, seenMs: Date.now() };
      if (item.event.kind === "redacted") this.#erase([...item.event.messageIds, ...item.event.editIds]);
    } else if (item.kind === "signal") {
      if (this.#stored) this.#stored = { ...this.#stored, seenMs: Date.now() };
      const { kind } = item.signal;
      // For completion and addresses, which go by the events alone if this fails; the title is no more than a heading.
      if (kind === "caughtUp" || kind === "gap") chat.refreshPeople().catch(() => {});
      if (kind === "caughtUp") chat.refreshRoom().catch(() => {});
    }
    this.#lines.flushSoon();
  }

  /** Logs out, or gives up to log in. */
  async leave(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const member = this.#member;
    this.#end.abort();
    this.#end = new AbortController();
    await member?.session.leave();
    const { room, features } = this.#out;
    if (member) this.#ended(member, null);
    else this.#setOut({ ...OUT, room, features });
  }

  /** `member` is no longer in the room. `error`: null if it left. */
  #ended(member: Member, error: unknown): void {
    if (this.#member !== member) return;
    const { nickname } = member.session.self;
    this.#member = undefined;
    this.#lines.clear();
    // Who left is not back but new.
    this.#last = this.#accessToken && error !== null ? this.#stored : null;
    this.#store(null);
    this.#out =
      error === null
        ? { ...OUT, nickname }
        : {
            ...outAfterStay(error, { server: this.#server, nickname, hasInvite: false }),
            removal: this.#removal,
          };
    this.#removal = null;
    this.#sendAll({ kind: "batches", batches: [], fresh: true });
    this.#sendStatus();
    member.close();
    this.#retryLater();
    if (!this.#accessToken) void this.#askRoom();
  }

  #print(lines: readonly Line[]): void {
    this.#removal = lines.findLast(isRemoval) ?? this.#removal;
    // Not among the lines, which are kept and shown in all tabs.
    this.#secret = lines.findLast(isMadeSecret) ?? this.#secret;
    this.#lines.add(lines.filter((line) => !isMadeSecret(line)));
    this.#showSecret();
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
    this.#lines.erase(ids);
    this.#sendAll({ kind: "erased", ids });
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

const isRemoval = (line: Line): line is NoticeLine =>
  line.kind === "moderated" && line.own && (line.action === "KICK" || line.action === "BAN");

/** Ends a stay that a hub which was closed left to the grace. */
export async function logOut(server: string, { token, self }: Stored): Promise<void> {
  const resume = { token, self, limits: UNKNOWN_LIMITS };
  const session = await connect({ server, nickname: self.nickname, resume });
  await session.leave();
}

const isMadeSecret = (line: Line): line is MadeSecret => line.kind === "registered" && line.secret !== "";

/** Whether an input registers the reader's nickname. */
const isRegister = ({ chat }: Member, text: string) => {
  const parsed = chat.parse(text);
  return parsed.kind === "command" && parsed.command.name === "register";
};

/** What a typed /find searches for, if this room has a search; undefined for any other input. */
function searchedBy({ chat }: Member, text: string): string | undefined {
  const parsed = chat.parse(text);
  const isSearch = parsed.kind === "command" && parsed.command.name === "find";
  return isSearch && chat.state.limits.features.includes("SEARCH") ? (parsed.given.rest ?? "") : undefined;
}
