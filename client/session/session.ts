import type { CallOptions } from "@connectrpc/connect";
import type {
  BroadcastResponse,
  HelpResponse,
  LoginResponse,
  SendToResponse,
  ToggleIgnoreResponse,
} from "../../gen/parlance/v1/chat_service_pb.js";
import type { Event } from "../../gen/parlance/v1/event_pb.js";
import type { ChatClient, MakeTransport } from "./client.js";
import { createChatClient } from "./client.js";
import { SessionEnded } from "./errors.js";
import { Feed } from "./feed.js";
import { DEFAULT_LIMITS, type Limits, MAX_PAGE_SIZE } from "./limits.js";
import { type History, type HistoryOptions, listEvents, listUsers, type Users } from "./lists.js";
import { login, newRequestId } from "./login.js";
import { Pause, retry } from "./retry.js";
import type { Self } from "./self.js";

/** How long the Logout of `leave` may take, ms: leaving does not wait for a server that is gone. */
const LOGOUT_TIMEOUT_MS = 500;

export interface SessionOptions {
  /** Base URL. Default http://127.0.0.1:12231. */
  readonly server?: string;
  /** Certificates in PEM that are trusted besides those that Node trusts, for a server with `https:`. */
  readonly ca?: readonly string[];
  /** 1-24 characters, see `User.nickname` in the schema. */
  readonly nickname: string;
  /** Resumes an existing session instead of logging in. */
  readonly resume?: ResumedSession;
  /** Language of the server's error messages, a BCP 47 tag. Default en. */
  readonly language?: string;
  /** Ends everything that the session does. It does not log out. */
  readonly signal?: AbortSignal;
  /** Whether a message above the rate limit waits (the default) or fails with RATE_LIMITED. */
  readonly waitOutRate?: boolean;
  /** For tests: another transport to the server. */
  readonly transport?: MakeTransport;
  /** Called with each new token, at the first login and later ones. Never log it. */
  readonly onToken?: (session: ResumedSession) => void;
}

/** What another process needs to resume a session. */
export interface ResumedSession {
  readonly token: string;
  readonly self: Self;
  readonly limits: Limits;
}

export interface FeedStart {
  /** Cursor to resume after. Default: a fresh start. */
  readonly after?: string;
  /** Events to replay on a fresh start, 0 to `limits.maxBacklog`. Default 0. */
  readonly backlog?: number;
}

export interface SendOptions {
  /** Idempotency key, for the caller's own retries; generated if absent. At most 64 bytes. */
  readonly requestId?: string;
}

/**
 * A member of the room: owns the token, logs in again when it is no longer valid, and retries calls.
 *
 * Calls are retried with the same request_id for 4 minutes while the error is transient, and once after a new login
 * when the session had ended. Any other error is thrown as the ConnectError it is; `refusalOf` returns its reason.
 */
export class Session {
  /** The generated stub, for what is not here. Without retries. */
  readonly client: ChatClient;
  readonly #options: SessionOptions;
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  readonly #pause = new Pause();
  #token: string | undefined;
  #self: Self;
  #limits: Limits;
  #motd = "";
  #loggingIn: Promise<void> | undefined;

  private constructor(options: SessionOptions, transport: MakeTransport) {
    this.#options = options;
    this.#signal = options.signal ? AbortSignal.any([options.signal, this.#end.signal]) : this.#end.signal;
    this.#token = options.resume?.token;
    this.#self = options.resume?.self ?? { nickname: options.nickname, id: "" };
    this.#limits = options.resume?.limits ?? DEFAULT_LIMITS;
    this.client = createChatClient({
      token: () => this.#token,
      language: options.language ?? "en",
      transport,
    });
  }

  /** @internal Logs in, or resumes a session; `connect` of node.ts adds the transport. */
  static async open(options: SessionOptions, transport: MakeTransport): Promise<Session> {
    const session = new Session(options, transport);
    if (session.#token === undefined) await session.#loginAgain(undefined);
    return session;
  }

  /** Another object after a new login, which makes another member of the room. */
  get self(): Self {
    return this.#self;
  }

  get limits(): Limits {
    return this.#limits;
  }

  /** Message of the day; "" if there is none or the session was resumed. */
  get motd(): string {
    return this.#motd;
  }

  /**
   * All events in the room's order across reconnects, no loss, no duplicates; `hello`, `heartbeat` and `goodbye`
   * included. Ends with the session's signal or `leave`; throws SessionEnded or a ConnectError when a retry cannot
   * help. One reader at a time.
   */
  async *events(start?: FeedStart): AsyncGenerator<Event, void, undefined> {
    for await (const item of this.feed(start).items()) if (item.kind === "event") yield item.event;
  }

  /** The same, with an item for each connection loss. */
  feed(start: FeedStart = {}): Feed {
    let used = this.#token;
    return new Feed({
      subscribe: (request, callOptions) => {
        used = this.#token;
        return this.client.subscribe(request, callOptions);
      },
      login: () => this.#loginAgain(used),
      // The server can be reached: calls in backoff need not wait longer.
      onOpen: () => this.#pause.wake(),
      signal: this.#signal,
      ...start,
    });
  }

  /** Sends `text` to everyone: 1 to `limits.maxTextBytes` bytes. Resolves once it is appended to the log. */
  say(text: string, { requestId = newRequestId() }: SendOptions = {}): Promise<BroadcastResponse> {
    return this.call((client, options) => client.broadcast({ text, requestId }, options));
  }

  /** Sends `text` to one member. */
  whisper(
    nickname: string,
    text: string,
    { requestId = newRequestId() }: SendOptions = {},
  ): Promise<SendToResponse> {
    return this.call((client, options) => client.sendTo({ nickname, text, requestId }, options));
  }

  /** Who is online, the session's own member included; at most `max` of them (default 500). */
  users(max = MAX_PAGE_SIZE): Promise<Users> {
    return listUsers((request) => this.call((client, options) => client.listUsers(request, options)), max);
  }

  /** Earlier events, as far as they are visible to the member and kept by the server. */
  history(historyOptions: HistoryOptions = {}): Promise<History> {
    return listEvents(
      (request) => this.call((client, options) => client.listEvents(request, options)),
      historyOptions,
    );
  }

  help(): Promise<HelpResponse> {
    return this.call((client, options) => client.help({}, options));
  }

  /** Ignores group messages (true) or receives them again; the response counts those that were skipped. */
  ignore(ignoring: boolean, { requestId = newRequestId() }: SendOptions = {}): Promise<ToggleIgnoreResponse> {
    return this.call((client, options) => client.toggleIgnore({ ignoring, requestId }, options));
  }

  /** Ends the feed and logs out, within 500 ms. With `logout` false the member stays for the grace. Never throws. */
  async leave({ logout = true }: { readonly logout?: boolean } = {}): Promise<void> {
    // The feed first: the goodbye that Logout causes is no news to a caller that leaves.
    this.#end.abort();
    if (logout) await this.client.logout({}, { timeoutMs: LOGOUT_TIMEOUT_MS }).catch(() => undefined);
  }

  /** Makes any unary call of the stub with the session's retries; the request must carry a request_id. */
  call<T>(make: (client: ChatClient, options: CallOptions) => Promise<T>): Promise<T> {
    let used = this.#token;
    return retry(
      (callOptions) => {
        used = this.#token;
        return make(this.client, callOptions);
      },
      {
        signal: this.#signal,
        pause: this.#pause,
        login: () => this.#loginAgain(used),
        waitOutRate: this.#options.waitOutRate ?? true,
        random: Math.random,
      },
    );
  }

  /** Feed and calls may notice the end of a session together, or one after the other: they share one login. */
  async #loginAgain(invalidToken: string | undefined): Promise<void> {
    if (this.#token !== invalidToken) return;
    // A session from elsewhere, of which nothing but its token is known.
    if (this.#self.nickname === "") throw new SessionEnded("SESSION_EXPIRED");
    this.#loggingIn ??= this.#login().finally(() => {
      this.#loggingIn = undefined;
    });
    await this.#loggingIn;
  }

  async #login(): Promise<void> {
    const response = await login(this.client, this.#self.nickname, this.#signal);
    this.#token = response.token;
    this.#self = { nickname: response.user?.nickname ?? this.#self.nickname, id: response.user?.id ?? "" };
    this.#limits = limitsOf(response, this.#limits);
    this.#motd = response.motd;
    this.#options.onToken?.({ token: response.token, self: this.#self, limits: this.#limits });
  }
}

function limitsOf({ limits }: LoginResponse, before: Limits): Limits {
  if (!limits) return before;
  const { maxTextBytes, maxTextLines, maxBacklog } = limits;
  return { maxTextBytes, maxTextLines, maxBacklog };
}
