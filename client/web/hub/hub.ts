/**
 * The hub: one session and one feed for all tabs of the page. It lives in a SharedWorker, or in the tab itself where there
 * is none. The tabs are views: they show the lines that the hub sends and send what a person types.
 */
import { Chat } from "../../chat/chat.js";
import { historyLines, isShown } from "../../chat/history.js";
import type { Line } from "../../chat/line.js";
import { wakeAtMs } from "../../chat/reduce.js";
import { isCrowd } from "../../chat/state.js";
import { eventOf } from "../../session/event.js";
import type { FeedItem } from "../../session/feed.js";
import { UNKNOWN_LIMITS } from "../../session/limits.js";
import { backoffMs } from "../../session/retry.js";
import { connect, type ResumedSession, type Session, type SessionOptions } from "../../session/session.js";
import { type AskToken, tokenOrError } from "./host-token.js";
import { Member } from "./member.js";
import {
  type Batch,
  type ModelWords,
  type Older,
  OUT,
  type Out,
  type Request,
  type Status,
  type Stored,
  type Update,
} from "./messages.js";
import { outAfterLogin, outAfterStay } from "./out.js";
import { ViewPort } from "./view-port.js";

/** Events that a fresh start replays, or a resumed one shows above what was missed. */
const BACKLOG = 50;
/** Lines that a tab receives when it opens. */
const KEPT_LINES = 500;
/** Earlier events that one scroll to the top loads. */
const OLDER = 100;
/** Lines that arrive within this time go to the tabs together, ms: one frame. */
const FLUSH_MS = 16;
/** How often countdowns and folded lines are looked at, ms. */
const TICK_MS = 250;

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

  /** Lines for tabs that open later, oldest first. */
  #batches: Batch[] = [];
  #pending: Line[] = [];
  /** Cursor of the first event since the last flush that printed something. */
  #before = "";
  #flushing = false;
  #sentStatus = "";
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
        void this.#login(this.#accessToken ? "" : request.nickname);
        return;
      case "leave":
        void this.leave();
        return;
      case "follow":
        if (this.#member)
          view.send({ kind: "recipient", nickname: view.follow(request.text, this.#member.chat.state) });
        return;
      case "reconnect":
        this.#member?.chat.reconnect();
        return;
      case "wake":
        if (this.#member?.chat.state.connection.phase === "offline") this.#member.chat.feed.retryNow();
        else if (this.#retry !== undefined) void this.#login("");
        return;
      case "close":
        this.#views.delete(view);
        return;
      case "call":
        void this.#call(view, request);
    }
  }

  #open(view: ViewPort, { server, words, stored }: Extract<Request, { kind: "open" }>): void {
    this.#words = words;
    this.#server = server;
    this.#views.add(view);
    if (!this.#opened && this.#accessToken) void this.#login("", stored);
    else if (!this.#opened && stored) void this.#resume(stored);
    this.#opened = true;
    // Whoever opens the page wants to be here, not where a newer connection went.
    if (this.#member?.chat.state.connection.phase === "replaced") this.#member.chat.reconnect();
    view.send({ kind: "batches", batches: this.#batches, fresh: true });
    view.send({ kind: "status", status: this.#status() });
  }

  async #call(view: ViewPort, call: Extract<Request, { kind: "call" }>): Promise<void> {
    const member = this.#member;
    if (!member) return view.reply(call.id, null);
    switch (call.name) {
      case "submit":
        return view.reply(call.id, await member.submit(call.ask, view));
      case "complete":
        return view.reply(call.id, member.complete(call.ask));
      case "older":
        return view.reply(call.id, await older(member, call.ask));
    }
  }

  /** `before`: where the same person was, if a token leads to the same one. */
  async #login(nickname: string, before: Stored | null = null): Promise<void> {
    if (this.#out.busy || this.#member) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#setOut({ ...OUT, nickname, busy: true });
    const { signal } = this.#end;
    try {
      const session = await connect({ ...this.#sessionOptions(nickname), onChange: this.#onChange });
      if (signal.aborted) return;
      this.#attempts = 0;
      const resumed = before?.self.id === session.self.id ? before : null;
      if (resumed && this.#stored) this.#stored = { ...this.#stored, cursor: resumed.cursor };
      if (resumed) await this.#showBefore(session, resumed.cursor);
      this.#enter(session, resumed);
    } catch (error) {
      if (signal.aborted) return;
      this.#setOut(outAfterLogin(error, { server: this.#server, nickname }));
      this.#retryLater(before);
    }
  }

  /** A person whom an application brings has no form to try again by. */
  #retryLater(before: Stored | null): void {
    const isClosed = this.#views.size === 0;
    if (!this.#accessToken || isClosed || this.#out.problem?.what !== "cannot_reach") return;
    this.#retry = setTimeout(() => void this.#login("", before), backoffMs(++this.#attempts, Math.random()));
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
      const page = await firstPage(client);
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
        (error: unknown) => this.#ended(member, error),
      )
      .finally(() => clearInterval(ticks));
    this.#flushSoon();
  }

  #onItem(item: FeedItem): void {
    const { chat } = this.#member!;
    if (item.kind === "event") {
      this.#before ||= item.event.cursor;
      if (this.#stored) this.#stored = { ...this.#stored, cursor: item.event.cursor, seenMs: Date.now() };
    } else if (item.kind === "signal") {
      if (this.#stored) this.#stored = { ...this.#stored, seenMs: Date.now() };
      const { kind } = item.signal;
      // For completion and addresses, which go by the events alone if this fails.
      if (kind === "caughtUp" || kind === "gap") chat.refreshPeople().catch(() => {});
    }
    this.#flushSoon();
  }

  /** Logs out, or gives up to log in. */
  async leave(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const member = this.#member;
    this.#end.abort();
    this.#end = new AbortController();
    await member?.session.leave();
    if (member) this.#ended(member, null);
    else this.#setOut(OUT);
  }

  /** `member` is no longer in the room. `error`: null if it left. */
  #ended(member: Member, error: unknown): void {
    if (this.#member !== member) return;
    const { nickname } = member.session.self;
    this.#member = undefined;
    this.#batches = [];
    this.#pending = [];
    this.#before = "";
    const before = this.#stored;
    this.#store(null);
    this.#out =
      error === null ? { ...OUT, nickname } : outAfterStay(error, { server: this.#server, nickname });
    this.#sendAll({ kind: "batches", batches: [], fresh: true });
    this.#sendStatus();
    this.#retryLater(before);
  }

  #print(lines: readonly Line[]): void {
    this.#pending.push(...lines);
    this.#flushSoon();
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
      this.#keep({ lines: this.#pending, before: this.#before });
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
    const { connection, ignoring, online } = member.chat.state;
    const { self } = member.session;
    return { phase: "in", self, connection, ignoring, online, pending: member.pending(Date.now()) };
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

/** Ends a stay that a hub which was closed left to the grace. */
export async function logOut(server: string, { token, self }: Stored): Promise<void> {
  const resume = { token, self, limits: UNKNOWN_LIMITS };
  const session = await connect({ server, nickname: self.nickname, resume });
  await session.leave();
}

/** The latest events, in one attempt: whatever is in the way, the feed deals with it. */
async function firstPage(client: Session["client"]) {
  const { events, previousCursor } = await client.listEvents({ pageSize: BACKLOG }, { timeoutMs: 5_000 });
  return { events: events.flatMap((message) => eventOf(message) ?? []), previousCursor };
}

async function older({ chat, session }: Member, before: string): Promise<Older | null> {
  try {
    const crowd = isCrowd(chat.state.online ?? 0);
    const page = await session.history({ before, count: OLDER, wanted: (event) => isShown(event, crowd) });
    if (page.restarted) return { lines: [], before: "", atStart: true };
    const { events, previousCursor, atStart } = page;
    return { lines: historyLines(events, session.self), before: previousCursor, atStart };
  } catch {
    return null;
  }
}
