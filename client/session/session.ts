import type { CallOptions } from "@connectrpc/connect";
import type {
  BroadcastResponse,
  HelpResponse,
  LoginResponse,
  SendToResponse,
  ToggleIgnoreResponse,
} from "../../gen/parlance/v1/chat_service_pb.js";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import type { ChatClient, MakeTransport } from "./connect.js";
import { createChatClient } from "./connect.js";
import type { Feed, FeedItem } from "./feed.js";
import { createFeed } from "./feed.js";
import { listEvents, type Past, type PastOptions } from "./list-events.js";
import { listUsers, type Users } from "./list-users.js";
import { login, newRequestId } from "./login.js";
import { createPause } from "./pause.js";
import { persist } from "./persist.js";
import type { Limits, Self } from "./self.js";
import { DEFAULT_LIMITS } from "./self.js";

/** How long leaving may take, ms: nobody waits for a server that is gone. */
const LEAVE_TIMEOUT_MS = 500;

export interface SessionOptions {
  /** Base URL. Default http://127.0.0.1:12231. */
  readonly server?: string;
  /** 1-24 characters, see `User.nickname` in the schema. */
  readonly nickname: string;
  /** Takes up a session that exists instead of logging in. */
  readonly resume?: ResumedSession;
  /** Language of the server's error messages, a BCP 47 tag. Default en. */
  readonly language?: string;
  /** Ends everything that the session does. It does not log out. */
  readonly signal?: AbortSignal;
  /** Whether a message that comes too fast waits (the default) or fails with RATE_LIMITED. */
  readonly waitOutRate?: boolean;
  /** For tests: another road to the server. */
  readonly transport?: MakeTransport;
  /** Called whenever the session has a new token, at login and after. Never log it. */
  readonly onToken?: (session: ResumedSession) => void;
}

/** What it takes to go on with a session in another process. */
export interface ResumedSession {
  readonly token: string;
  readonly self: Self;
  readonly limits: Limits;
}

export interface FeedStart {
  /** Cursor to go on from. Default: a fresh start. */
  readonly after?: string;
  /** Events to replay on a fresh start, 0 to `limits.maxBacklog`. Default 0. */
  readonly backlog?: number;
}

export interface SendOptions {
  /** Name of the message, for the caller's own retries; made if absent. At most 64 bytes. */
  readonly requestId?: string;
}

/**
 * A member of the room.
 *
 * Calls are retried with the same request_id for 4 minutes while the error is transient, and once after a new login
 * when the session had ended; all others throw a ConnectError, whose cause `refusalOf` names.
 */
export interface Session {
  /** Changes when the session has to be taken up anew. */
  readonly self: Self;
  readonly limits: Limits;
  /** Message of the day; "" if there is none or the session was resumed. */
  readonly motd: string;
  /**
   * Everything that happens, in the room's order and each once, across all reconnects; `hello`, `heartbeat` and
   * `goodbye` included. Ends with the session's signal or `leave`; throws SessionEnded or the ConnectError that makes
   * going on impossible. One reader at a time.
   */
  events(start?: FeedStart): AsyncGenerator<Event, void, undefined>;
  /** The same with the breaks between connections told. */
  feed(start?: FeedStart): Feed;
  /** Says `text` to everyone: 1 to `limits.maxTextBytes` bytes. Resolves once it has its place. */
  say(text: string, options?: SendOptions): Promise<BroadcastResponse>;
  /** Says `text` to one person. */
  whisper(nickname: string, text: string, options?: SendOptions): Promise<SendToResponse>;
  /** Who is here, oneself included; at most `most` of them (default 500). */
  users(most?: number): Promise<Users>;
  /** What happened before, as far as the member may see it and the server keeps it. */
  history(options?: PastOptions): Promise<Past>;
  help(): Promise<HelpResponse>;
  /** Switches group messages off (true) or on; answers how many were skipped. */
  ignore(ignoring: boolean, options?: SendOptions): Promise<ToggleIgnoreResponse>;
  /** Ends the feed and leaves the room, within 500 ms. With `logout` false the member stays for the grace. Never throws. */
  leave(options?: { readonly logout?: boolean }): Promise<void>;
  /** The generated stub, for what is not here. Without retries. */
  readonly client: ChatClient;
  /** Makes any unary call of the stub with this session's retries; the call must bear a request_id. */
  call<T>(make: (client: ChatClient, options: CallOptions) => Promise<T>): Promise<T>;
}

/** Logs in, or takes a session up. Throws the ConnectError of a refused nickname or an unreachable server. */
export async function createSession(options: SessionOptions, transport: MakeTransport): Promise<Session> {
  const end = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, end.signal]) : end.signal;
  const pause = createPause();
  let token = options.resume?.token;
  let self: Self = options.resume?.self ?? { nickname: options.nickname, id: "" };
  let limits: Limits = options.resume?.limits ?? DEFAULT_LIMITS;
  let motd = "";

  const client = createChatClient({
    token: () => token,
    language: options.language ?? "en",
    transport,
  });

  const enter = async () => {
    const answer = await login(client, self.nickname, signal);
    token = answer.token;
    self = selfOf(answer, self);
    limits = limitsOf(answer, limits);
    motd = answer.motd;
    options.onToken?.({ token, self, limits });
  };
  // Feed and calls may notice the end of a session at the same moment, or one after the other: it is taken up once.
  let entering: Promise<void> | undefined;
  const renew = async (deadToken: string | undefined) => {
    if (token !== deadToken) return;
    entering ??= enter().finally(() => {
      entering = undefined;
    });
    await entering;
  };

  if (token === undefined) await renew(token);

  const call: Session["call"] = (make) => {
    let used = token;
    return persist(
      (callOptions) => {
        used = token;
        return make(client, callOptions);
      },
      {
        signal,
        pause,
        login: () => renew(used),
        waitOutRate: options.waitOutRate ?? true,
        random: Math.random,
      },
    );
  };

  function feed(start: FeedStart = {}): Feed {
    let used = token;
    const subscribe: ChatClient["subscribe"] = (request, callOptions) => {
      used = token;
      return client.subscribe(request, callOptions);
    };
    const made = createFeed({ subscribe, login: () => renew(used), signal, ...start });
    async function* items(): AsyncGenerator<FeedItem, void, undefined> {
      for await (const item of made.items()) {
        // The line is back: calls that sleep off an error need not wait longer.
        if (item.kind === "event" && item.event.kind.case === "hello") pause.wake();
        yield item;
      }
    }
    return { items, retryNow: made.retryNow };
  }

  return {
    client,
    call,
    feed,
    get self() {
      return self;
    },
    get limits() {
      return limits;
    },
    get motd() {
      return motd;
    },
    async *events(start) {
      for await (const item of feed(start).items()) if (item.kind === "event") yield item.event;
    },
    say(text, { requestId = newRequestId() } = {}) {
      return call((stub, callOptions) => stub.broadcast({ text, requestId }, callOptions));
    },
    whisper(nickname, text, { requestId = newRequestId() } = {}) {
      return call((stub, callOptions) => stub.sendTo({ nickname, text, requestId }, callOptions));
    },
    users: (most = 500) =>
      listUsers((request) => call((stub, callOptions) => stub.listUsers(request, callOptions)), most),
    history: (pastOptions = {}) =>
      listEvents(
        (request) => call((stub, callOptions) => stub.listEvents(request, callOptions)),
        pastOptions,
      ),
    help: () => call((stub, callOptions) => stub.help({}, callOptions)),
    ignore(ignoring, { requestId = newRequestId() } = {}) {
      return call((stub, callOptions) => stub.toggleIgnore({ ignoring, requestId }, callOptions));
    },
    async leave({ logout = true } = {}) {
      // The feed first: the goodbye that Logout brings is no news to someone who leaves.
      end.abort();
      if (logout) await client.logout({}, { timeoutMs: LEAVE_TIMEOUT_MS }).catch(() => undefined);
    },
  };
}

function selfOf(answer: LoginResponse, before: Self): Self {
  return { nickname: answer.user?.nickname ?? before.nickname, id: answer.user?.id ?? "" };
}

function limitsOf(answer: LoginResponse, before: Limits): Limits {
  if (!answer.limits) return before;
  const { maxTextBytes, maxTextLines, maxBacklog } = answer.limits;
  return { maxTextBytes, maxTextLines, maxBacklog };
}
