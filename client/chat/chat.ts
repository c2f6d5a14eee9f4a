/**
 * The chat model, shared by the terminal and whatever else shows a chat: what a person types goes in, lines come out.
 * This folder owns the state (`State`, changed by `reduce` alone), the lines of the scrollback as data (`Line`), and
 * the grammar of the input with its commands and completion. It knows neither a terminal nor a language.
 */
import { Presence } from "../../gen/parlance/v1/chat_service_pb.js";
import type { User } from "../../gen/parlance/v1/user_pb.js";
import { isUnimplemented } from "../session/errors.js";
import type { Feed, FeedItem } from "../session/feed.js";
import type { History } from "../session/lists.js";
import { isSame, memberOf, nameKey, type Person } from "../session/person.js";
import type { FeedStart, Session } from "../session/session.js";
import { Acts, type SecretStore } from "./acts.js";
import { HistoryReader } from "./history.js";
import { type Address, addressOf } from "./input/address.js";
import type { Given } from "./input/arguments.js";
import {
  type Actions,
  COMMANDS,
  type HelpWords,
  helpRows,
  helpTopic,
  type LocalActions,
  offered,
} from "./input/commands.js";
import { type Parsed, parse, textOf, tooLong } from "./input/parse.js";
import type { About, HelpRow, Line, Problem } from "./line.js";
import { sendProblem } from "./problem.js";
import { findPerson, type IgnoredStore, isIgnored, isOwn, withIgnored } from "./reading/ignored.js";
import { type Input, reduce } from "./reduce.js";
import { hidesJoins, initialState, type Joins, type State, standingOf } from "./state.js";
import { Texts } from "./texts/texts.js";

export interface ChatOptions {
  readonly session: Session;
  readonly server: string;
  /** Words of /help, and the language by which nicknames are sorted. */
  readonly words: HelpWords & { readonly locale: string };
  readonly start: FeedStart;
  /** Local clock: when the last connection was lost; null for a fresh start. */
  readonly awaySinceMs: number | null;
  /** Called after each change of the state; `lines` go to the scrollback. */
  readonly onStep: (lines: readonly Line[]) => void;
  readonly onQuit: () => void;
  /** Clears the screen. Default: there is none. */
  readonly onClear?: () => void;
  /** The rows of `/help keys`. Default: there are no keys. */
  readonly keyHelp?: readonly HelpRow[];
  /** Where secrets that the server made are kept. */
  readonly secrets?: SecretStore;
  /** Whether a person types, who can confirm what cannot be undone. Default false. */
  readonly asks?: boolean;
  /** Joins and leaves that are shown. Default smart. */
  readonly joins?: Joins;
  /** Where the people are kept who are ignored. Default: nowhere. */
  readonly ignored?: IgnoredStore;
  /** Id of the last message that was read in an earlier run. Default "": none. */
  readonly readId?: string;
}

/** Members that are listed for completion and addresses. */
const MAX_LISTED = 2_000;

/** A session and its reader. */
export class Chat {
  readonly feed: Feed;
  readonly #options: ChatOptions;
  readonly #session: Session;
  readonly #history: HistoryReader;
  readonly #acts: Acts;
  readonly #texts: Texts;
  #state: State;
  #lastSent = "";
  /** Id of the last message among those, without edits. */
  #lastMessage = "";

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#history = new HistoryReader(options.session);
    this.#acts = new Acts({
      session: options.session,
      state: () => this.#state,
      show: (line) => this.#show(line),
      secrets: options.secrets,
      asks: options.asks ?? false,
    });
    this.#texts = new Texts({
      session: options.session,
      state: () => this.#state,
      show: (lines) => this.dispatch({ kind: "history", lines }),
      lastMessage: () => this.#lastMessage,
      deliver: (to, text, replyToId) => this.#deliver(to, text, replyToId),
      asks: options.asks ?? false,
      onEdit: (id) => {
        this.#lastSent = id;
      },
    });
    const { joins = "smart", ignored, readId = "" } = options;
    this.#state = {
      ...initialState(options.server),
      joins,
      ignored: ignored?.load() ?? [],
      unread: { afterId: readId, isDue: false },
    };
    this.#useSession(options.awaySinceMs, options.session.motd);
    this.feed = options.session.feed(options.start);
  }

  get state(): State {
    return this.#state;
  }

  /** Id of the last message or edit that the server accepted from us; "" before. */
  get lastSent(): string {
    return this.#lastSent;
  }

  dispatch(input: Input): void {
    const step = reduce(this.#state, input);
    this.#state = step.state;
    this.#options.onStep(step.lines);
  }

  /**
   * Reads the feed to its end; throws the error that ended it. `onItem` is called after each item's step; the next
   * item is read after `ready`, so that a slow output applies backpressure to the feed.
   */
  async run(onItem: (item: FeedItem) => void, ready: () => Promise<void>): Promise<void> {
    for await (const item of this.feed.items()) {
      // After a new login the session is another member.
      if (this.#session.self !== this.#state.self) this.#useSession(this.#state.awaySinceMs, "");
      if (item.kind === "event") this.#history.seen(item.event);
      this.dispatch({ kind: "feed", item, online: this.feed.online, nowMs: Date.now() });
      onItem(item);
      await ready();
    }
  }

  /** What a whole input means. */
  parse(input: string): Parsed {
    return parse(input, {
      isOnline: (nickname) => this.#state.people.has(nameKey(nickname)),
      isPerson: this.#options.asks ?? false,
      offered: offered(standingOf(this.#state)),
    });
  }

  /** Connects now, also where a newer connection took the place of this one. */
  reconnect(): void {
    this.dispatch({ kind: "reconnect" });
    this.feed.retryNow();
  }

  /**
   * Does what a whole input means, for the person of `address`; a text replies to the message that it is about, or takes
   * the place of its text. Resolves after the server's response, with the problem, `kept` "none", or null.
   */
  async submit(
    input: string,
    address: Address | null = addressOf(input, this.#state, null),
    about: About | null = null,
  ): Promise<Problem | null> {
    const parsed = this.parse(input);
    this.#acts.nextInput(address?.person ?? null);
    const problem = this.#check(parsed, address);
    if (problem) return problem;
    const replyToId = about?.does === "reply" ? about.id : "";
    switch (parsed.kind) {
      case "nothing":
      case "refused":
        return null;
      case "draft":
        return { what: "bad_form", form: "query" };
      case "command": {
        const reply = (text: string) => this.#send(address?.person ?? null, text);
        const quote = (given: Given) => this.#texts.quote(given, address?.quoted ?? null);
        return parsed.command.run({ ...this.#actions, reply, quote }, parsed.text, parsed.given);
      }
      case "broadcast":
        if (about?.does === "edit") return this.#texts.editMessage(about.id, parsed.text);
        return this.#send(null, parsed.text, replyToId);
      case "sendTo":
        if (about?.does === "edit") return this.#texts.editMessage(about.id, input);
        return this.#send(address?.person ?? { nickname: parsed.recipient, id: "" }, parsed.text, replyToId);
    }
  }

  /**
   * Does what a command does (its name without a slash) with what was chosen instead of typed, and confirmed. Resolves like
   * `submit`.
   */
  async perform(name: string, given: Given, person: Person | null): Promise<Problem | null> {
    this.#acts.nextInput(person, true);
    const command = COMMANDS.find((one) => one.name === name);
    const reply = (text: string) => this.#send(person, text);
    const quote = (chosen: Given) => this.#texts.quote(chosen, null);
    return command ? command.run({ ...this.#actions, reply, quote }, "", given) : null;
  }

  /** What /find finds, further back than a cursor; "": from the latest message. */
  search(text: string, before: string): Promise<History | Problem> {
    return this.#texts.search(text, before);
  }

  /** What is known to be wrong with an input before it is submitted, `kept` "none"; null if nothing is. */
  check(input: string, address: Address | null): Problem | null {
    return this.#check(this.parse(input), address);
  }

  #check(parsed: Parsed, address: Address | null): Problem | null {
    if (parsed.kind === "refused") return parsed.problem;
    const text = textOf(parsed);
    if (text === null) return null;
    if (parsed.kind === "sendTo" && address?.absent && this.#state.people.has(nameKey(parsed.recipient))) {
      return { what: "joined_since", nickname: parsed.recipient, kept: "none" };
    }
    if (parsed.kind === "command") {
      if (!address?.person) return { what: "nobody_to_reply_to" };
      if (text.trim() === "") return { what: "nothing_to_send", behind: `/${parsed.command.name}` };
    }
    const { limits } = this.#session;
    const size = tooLong(text, limits);
    return size ? { what: "text_too_long", size, limits, kept: "none" } : null;
  }

  /** Fetches who is online, for completion and addresses. */
  async refreshPeople(): Promise<void> {
    const { users, total } = await this.#session.users(MAX_LISTED);
    const own = users.length < total ? await this.#ownUser() : [];
    this.dispatch({ kind: "people", people: [...own, ...users].map(memberOf), total });
  }

  /** Fetches the title of the room. */
  async refreshRoom(): Promise<void> {
    const { room } = await this.#session.room();
    this.dispatch({ kind: "room", title: room?.title ?? "" });
  }

  /** What the room has of the reader, who may be beyond the end of a list that was cut. */
  async #ownUser(): Promise<readonly User[]> {
    const { self } = this.#session;
    const { users } = await this.#session.call((client, options) =>
      client.listUsers({ prefix: self.nickname }, options),
    );
    return users.filter((user) => isSame(self, user));
  }

  /** Ignoring a person is the reader's own affair: the server does not learn of it. */
  readonly #ignoring: Pick<Actions, "ignorePerson" | "showPerson"> = {
    ignorePerson: async ({ name }) => {
      const { ignored } = this.#state;
      const at = Date.now();
      if (name === undefined) {
        this.#show({ kind: "ignored_people", at, nicknames: ignored.map(({ nickname }) => nickname) });
        return null;
      }
      const person = findPerson(this.#state, name, this.#acts.meantPerson);
      if (!person) return { what: "no_such_person", nickname: name };
      if (isOwn(this.#state, person)) return { what: "ignores_self" };
      this.#setIgnored(withIgnored(ignored, person));
      this.#show({ kind: "person_ignored", at, nickname: person.nickname, registered: person.registered });
      return null;
    },
    showPerson: async ({ name = "" }) => {
      const { ignored } = this.#state;
      const others = ignored.filter(({ nickname }) => nameKey(nickname) !== nameKey(name));
      if (others.length === ignored.length) return { what: "not_ignored", nickname: name };
      this.#setIgnored(others);
      this.#history.startAtLatest();
      this.#show({ kind: "person_shown", at: Date.now(), nickname: name });
      return null;
    },
  };

  #setIgnored(ignored: State["ignored"]): void {
    this.dispatch({ kind: "ignored", ignored });
    this.#options.ignored?.save(ignored);
  }

  get #actions(): Omit<Actions, "reply" | "quote"> {
    const { register, unregister, redact, kick, ban, listBans, unban, mute, erase, announce, invite, close } =
      this.#acts;
    const { find, edit } = this.#texts;
    return {
      ...this.#ownActions,
      ...{ find, edit },
      ...this.#ignoring,
      ...{ register, unregister, redact, kick, ban, listBans, unban, mute, erase, announce, invite, close },
    };
  }

  readonly #ownActions: Pick<Actions, keyof LocalActions | "listUsers" | "toggleIgnore" | "readHistory"> = {
    listUsers: () =>
      this.#attempt(null, "", async () => {
        const { users, total } = await this.#session.users();
        const { compare } = new Intl.Collator(this.#options.words.locale);
        const listed = users
          .map((user) => {
            const ignored = isIgnored(this.#state.ignored, user, user.registered);
            return { ...memberOf(user), self: isSame(this.#session.self, user), ignored };
          })
          .sort((a, b) => Number(b.self) - Number(a.self) || compare(a.nickname, b.nickname));
        this.#show({ kind: "users", at: Date.now(), users: listed, total });
        this.dispatch({ kind: "people", people: users.map(memberOf), total });
      }),
    // The table is ours; without a response only the rows that the server alone knows are missing.
    showHelp: async (topic) => {
      if (topic !== "") return this.#showTopic(topic);
      const isOnline = this.#state.connection.phase === "online";
      const rows = isOnline ? await this.#session.help().catch(() => undefined) : undefined;
      const { words } = this.#options;
      this.#show({
        kind: "help",
        at: Date.now(),
        rows: helpRows(words, offered(standingOf(this.#state)), rows?.commands),
      });
      return null;
    },
    // Sends the desired state and not "the other one": a retry must not toggle back.
    toggleIgnore: async () => {
      const ignoring = !this.#state.ignoring;
      this.dispatch({ kind: "ignore_sent" });
      const problem = await this.#attempt(null, "", async () => {
        const { skipped } = await this.#session.ignore(ignoring);
        this.dispatch({ kind: "ignore_done", ignoring, skipped, nowMs: Date.now() });
        if (skipped > 0) this.#history.startAtLatest();
      });
      if (problem) this.dispatch({ kind: "ignore_failed" });
      return problem;
    },
    readHistory: async (count) => {
      try {
        const { online, ignored } = this.#state;
        const crowd = hidesJoins(this.#state, online ?? 0);
        this.dispatch({ kind: "history", lines: await this.#history.read(count, crowd, ignored) });
        return null;
      } catch (error) {
        if (isUnimplemented(error)) return { what: "no_history" };
        return this.#problemOf(error, null, "");
      }
    },
    quit: async () => {
      this.#options.onQuit();
      return null;
    },
    reconnect: async () => {
      this.reconnect();
      return null;
    },
    clear: async () => {
      this.#options.onClear?.();
      return null;
    },
  };

  #showTopic(topic: string): Problem | null {
    const rows = helpTopic(topic, this.#options);
    if (!rows) return { what: "no_help", topic };
    this.#show({ kind: "help", at: Date.now(), rows, isTopic: true });
    return null;
  }

  #useSession(awaySinceMs: number | null, motd: string): void {
    const { self, limits } = this.#session;
    this.dispatch({ kind: "session", self, limits, motd, awaySinceMs });
  }

  #show(line: Line): void {
    this.dispatch({ kind: "line", line });
  }

  #send(to: Person | null, text: string, replyToId = ""): Promise<Problem | null> {
    return this.#attempt(to?.nickname ?? null, text, () => this.#deliver(to, text, replyToId));
  }

  /** `replyToId`: the message that it replies to; "": none. */
  async #deliver(to: Person | null, text: string, replyToId = ""): Promise<void> {
    if (to === null) {
      this.#accepted((await this.#session.say(text, { replyToId })).id);
      return;
    }
    const { id, recipientPresence, stored } = await this.#session.whisper(to, text, { replyToId });
    this.#accepted(id);
    if (recipientPresence !== Presence.AWAY && !stored) return;
    this.dispatch({ kind: "recipient_away", id, nickname: to.nickname, stored, nowMs: Date.now() });
  }

  /** The server has accepted a message. */
  #accepted(id: string): void {
    this.#lastSent = id;
    this.#lastMessage = id;
  }

  /** `text`: the message that the call sends to `nickname`, null for everyone; "": it sends none. */
  async #attempt(nickname: string | null, text: string, call: () => Promise<void>): Promise<Problem | null> {
    try {
      await call();
      return null;
    } catch (error) {
      return this.#problemOf(error, nickname, text);
    }
  }

  #problemOf(error: unknown, nickname: string | null, text: string): Problem {
    return sendProblem(error, { limits: this.#session.limits, nickname, text, kept: "none" });
  }
}
