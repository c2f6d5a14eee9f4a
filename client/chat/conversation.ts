import { isUnimplemented } from "../session/errors.js";
import type { Feed, FeedItem } from "../session/feed.js";
import { nameKey } from "../session/self.js";
import type { FeedStart, Session } from "../session/session.js";
import { type Actions, type HelpWords, helpRows } from "./commands.js";
import type { Line, Problem } from "./line.js";
import { addressee, type Parsed, parse, tooLong } from "./parse.js";
import { createReader } from "./past.js";
import { sendProblem } from "./problem.js";
import { type Input, reduce } from "./reduce.js";
import { initialState, type State } from "./state.js";

export interface ConversationOptions {
  readonly session: Session;
  readonly server: string;
  /** Words of /help, and the language that nicknames are sorted by. */
  readonly words: HelpWords & { readonly locale: string };
  readonly start: FeedStart;
  /** Our clock: since when things were missed; null for a fresh start. */
  readonly awaySinceMs: number | null;
  /** Told after each change; `lines` go to the scrollback. */
  readonly onStep: (lines: readonly Line[]) => void;
  readonly quit: () => void;
}

/** A session and a person: what is typed goes in, lines come out. */
export interface Conversation {
  readonly state: State;
  readonly feed: Feed;
  dispatch(input: Input): void;
  /**
   * Reads the feed to its end; throws what ended it. `onItem` is told after each item's step; the next item waits for
   * `ready`, so that a slow output holds the feed back.
   */
  run(onItem: (item: FeedItem) => void, ready: () => Promise<void>): Promise<void>;
  /** Does what a whole input means. Answers why not, with `kept` "none"; resolves once the server has answered. */
  submit(input: string): Promise<Problem | null>;
  /** What a whole input means. */
  parse(input: string): Parsed;
  /** To whom this input would go, if not to everyone. */
  addressee(input: string): string | null;
  /** Asks who is here, for completion. */
  refreshPeople(): Promise<void>;
  /** Cursor of the last message that the server took from us; "" before. */
  readonly lastSent: string;
}

export function createConversation(options: ConversationOptions): Conversation {
  const { session, words } = options;
  let state = initialState(options.server);
  let lastSent = "";

  const dispatch = (input: Input) => {
    const step = reduce(state, input);
    state = step.state;
    options.onStep(step.lines);
  };
  const enter = (awaySinceMs: number | null, motd: string) => {
    const { self, limits } = session;
    dispatch({ kind: "entered", self, limits, motd, awaySinceMs, nowMs: Date.now() });
  };
  const tell = (line: Line): null => {
    dispatch({ kind: "told", line });
    return null;
  };

  const reader = createReader(session);

  enter(options.awaySinceMs, session.motd);
  const feed = session.feed(options.start);

  /** Problems of a call as a value; faults of the program are thrown on. */
  const attempt = async (nickname: string | null, call: () => Promise<void>): Promise<Problem | null> => {
    try {
      await call();
      return null;
    } catch (error) {
      return sendProblem(error, { limits: session.limits, nickname, kept: "none" });
    }
  };

  const send = async (nickname: string | null, text: string): Promise<Problem | null> => {
    const long = tooLong(text, session.limits);
    if (long) return { what: "text_too_long", ...long, kept: "none" };
    return attempt(nickname, async () => {
      const answer = await (nickname === null ? session.say(text) : session.whisper(nickname, text));
      lastSent = answer.cursor;
    });
  };

  const actions: Actions = {
    listUsers: () =>
      attempt(null, async () => {
        const { users, total } = await session.users();
        const isSelf = (name: string) => nameKey(name) === nameKey(session.self.nickname);
        const { compare } = new Intl.Collator(words.locale);
        const listed = users
          .map(({ nickname, ignoring }) => ({ nickname, ignoring, self: isSelf(nickname) }))
          .sort((a, b) => Number(b.self) - Number(a.self) || compare(a.nickname, b.nickname));
        tell({ kind: "users", at: Date.now(), users: listed, total });
        dispatch({ kind: "people", nicknames: users.map(({ nickname }) => nickname) });
      }),
    // The table is ours; a server that does not answer costs only the rows it alone knows.
    showHelp: async () => {
      const rows =
        state.connection.phase === "online" ? await session.help().catch(() => undefined) : undefined;
      return tell({ kind: "help", at: Date.now(), rows: helpRows(words, rows?.commands) });
    },
    // The desired state, not "the other one": a retry must not toggle back.
    toggleIgnore: async () => {
      const ignoring = !state.ignoring;
      dispatch({ kind: "ignore_asked" });
      const problem = await attempt(null, async () => {
        const { skipped } = await session.ignore(ignoring);
        dispatch({ kind: "ignore_answered", ignoring, skipped, nowMs: Date.now() });
      });
      if (problem) dispatch({ kind: "ignore_failed" });
      return problem;
    },
    reply: async (text) => {
      const { partner } = state;
      if (partner === null) return { what: "nobody_to_reply_to" };
      if (text.trim() === "") return { what: "nothing_to_send", nickname: partner };
      return send(partner, text);
    },
    readBack: async (count) => {
      try {
        dispatch({ kind: "recalled", lines: await reader.back(count) });
        return null;
      } catch (error) {
        if (isUnimplemented(error)) return { what: "no_history" };
        return sendProblem(error, { limits: session.limits, nickname: null, kept: "none" });
      }
    },
    quit: async () => {
      options.quit();
      return null;
    },
  };

  const read = (input: string) => parse(input, (nickname) => state.people.has(nameKey(nickname)));

  return {
    feed,
    dispatch,
    get state() {
      return state;
    },
    get lastSent() {
      return lastSent;
    },
    addressee: (input) => addressee(input, state.partner),
    async run(onItem, ready) {
      for await (const item of feed.items()) {
        // A session that was taken up anew is another member.
        if (session.self !== state.self) enter(state.awaySinceMs, "");
        dispatch({ kind: "feed", item, nowMs: Date.now() });
        onItem(item);
        await ready();
      }
    },
    parse: read,
    async submit(input) {
      const parsed = read(input);
      switch (parsed.kind) {
        case "nothing":
          return null;
        case "refused":
          return parsed.problem;
        case "command":
          return parsed.command.run(actions, parsed.text);
        case "say":
          return send(null, parsed.text);
        case "private":
          return send(parsed.nickname, parsed.text);
      }
    },
    async refreshPeople() {
      const { users } = await session.users(2_000);
      dispatch({ kind: "people", nicknames: users.map(({ nickname }) => nickname) });
    },
  };
}
