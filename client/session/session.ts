import type { CallOptions } from "@connectrpc/connect";
import { serverTransport } from "#transport";
import type {
  BroadcastResponse,
  EditMessageResponse,
  GetRoomResponse,
  HelpResponse,
  RegisterNicknameResponse,
  SendToResponse,
  ToggleIgnoreResponse,
} from "../../gen/parlance/v1/chat_service_pb.js";
import type { ChatClient, MakeTransport, ModerationClient, Poster } from "./client.js";
import { CALL_TIMEOUT_MS, createChatClient, createClients } from "./client.js";
import { SessionEnded } from "./errors.js";
import type { Event, Signal } from "./event.js";
import { Feed, type Goodbye, type Hello } from "./feed.js";
import { type Limits, limitsOf, UNKNOWN_LIMITS } from "./limits.js";
import { type History, type HistoryOptions, listEvents, listUsers, type Users } from "./lists.js";
import { type Credentials, login, newRequestId } from "./login.js";
import type { Person } from "./person.js";
import { Pause, retry } from "./retry.js";

const DEFAULT_SERVER = "http://127.0.0.1:12231";

/** How long the Logout of `leave` may take, ms: leaving does not wait for a server that is gone. */
const LOGOUT_TIMEOUT_MS = 500;

export interface SessionOptions extends Credentials {
  /** Base URL. Default http://127.0.0.1:12231. */
  readonly server?: string;
  /** Certificates in PEM that are trusted besides those that Node trusts, for a server with `https:`. Not in browsers. */
  readonly ca?: readonly string[];
  /** Resumes an existing session instead of logging in. */
  readonly resume?: ResumedSession;
  /**
   * Sends messages as the registered nickname without entering the room, which receives neither `joined` nor `left`; needs
   * the `secret` that the server made. Only a server that does not have this is logged in to. Default false.
   */
  readonly withoutStay?: boolean;
  /** Language of the server's error messages, a BCP 47 tag. Default en. */
  readonly language?: string;
  /** Ends everything that the session does. It does not log out. */
  readonly signal?: AbortSignal;
  /** Whether a message above the rate limit waits (the default) or fails with RATE_LIMITED. */
  readonly waitOutRate?: boolean;
  /** For tests: another transport to the server. */
  readonly transport?: MakeTransport;
  /** Called with what is needed to resume the session: after each login, and when the limits change. Never log it. */
  readonly onChange?: (session: ResumedSession) => void;
}

/** What another process needs to resume a session. */
export interface ResumedSession {
  readonly token: string;
  readonly self: Person;
  readonly limits: Limits;
}

export interface FeedStart {
  /** Cursor to resume after. Default: a fresh start. */
  readonly after?: string;
  /** Events to replay on a fresh start, 0 to `limits.maxBacklog`. Default 0. */
  readonly backlog?: number;
  /** Whether a feed that a newer one of the member replaced waits for `retryNow`. Default false: SessionEnded. */
  readonly waitsIfReplaced?: boolean;
}

export interface EventsOptions extends FeedStart {
  /** Called with each signal, in its place between the events. */
  readonly onSignal?: (signal: Signal) => void;
}

export interface SendOptions {
  /** Idempotency key, for the caller's own retries; generated if absent. At most `limits.maxRequestIdBytes`. */
  readonly requestId?: string;
}

export interface MessageOptions extends SendOptions {
  /**
   * Id of the event that the message replies to, which all who receive it must be able to see. A server without REPLIES in
   * `limits.features` ignores it.
   */
  readonly replyToId?: string;
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
  /** The same of what moderators and owners do. */
  readonly moderation: ModerationClient;
  readonly #options: SessionOptions;
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  readonly #pause = new Pause();
  #token: string | undefined;
  #self: Person;
  #limits: Limits;
  #motd = "";
  #secret: string | undefined;
  #leftCursor = "";
  #feed: Feed | undefined;
  #loggingIn: Promise<void> | undefined;
  /** A moderator removed the member: no login follows by itself. */
  #removed: SessionEnded | undefined;

  private constructor(options: SessionOptions, transport: MakeTransport) {
    this.#options = options;
    this.#signal = options.signal ? AbortSignal.any([options.signal, this.#end.signal]) : this.#end.signal;
    this.#token = options.resume?.token;
    this.#secret = options.secret;
    this.#self = options.resume?.self ?? { nickname: options.nickname, id: "" };
    this.#limits = { ...UNKNOWN_LIMITS, ...options.resume?.limits };
    const clients = createClients({
      token: () => this.#token,
      poster: posterOf(options),
      language: options.language ?? "en",
      transport,
    });
    this.client = clients.chat;
    this.moderation = clients.moderation;
  }

  /** @internal Logs in, or resumes a session; `connect` adds the transport. */
  static async open(options: SessionOptions, transport: MakeTransport): Promise<Session> {
    const session = new Session(options, transport);
    if (session.#token === undefined && !posterOf(options)) await session.#loginAgain(undefined);
    return session;
  }

  /** Another object after a new login, which makes another member of the room. */
  get self(): Person {
    return this.#self;
  }

  /** The server's, which can change when it restarts. Of a session that was resumed without, unknown before `hello`. */
  get limits(): Limits {
    return this.#limits;
  }

  /** Members in the room, this one included, at the last event that was read; null before the replay has ended. */
  get online(): number | null {
    return this.#feed?.online ?? null;
  }

  /** Message of the day; "" if there is none or the session was resumed. */
  get motd(): string {
    return this.#motd;
  }

  /**
   * All events in the room's order across reconnects, no loss, no duplicates. Ends with the session's signal or `leave`;
   * throws SessionEnded or a ConnectError when a retry cannot help. One reader at a time.
   */
  async *events({ onSignal, ...start }: EventsOptions = {}): AsyncGenerator<Event, void, undefined> {
    for await (const item of this.feed(start).items()) {
      if (item.kind === "event") yield item.event;
      else if (item.kind === "signal") onSignal?.(item.signal);
    }
  }

  /**
   * The same with the signals, and with an item for each connection loss. The first one of a registered nickname begins
   * where it last left, whatever the device, unless `start` says where.
   */
  feed({ after = this.#leftCursor, ...start }: FeedStart = {}): Feed {
    this.#leftCursor = "";
    let used = this.#token;
    this.#feed = new Feed({
      subscribe: (request, callOptions) => {
        used = this.#token;
        return this.client.subscribe(request, callOptions);
      },
      login: () => this.#loginAgain(used),
      onHello: (hello) => this.#onHello(hello),
      onGoodbye: (goodbye) => this.#onGoodbye(goodbye),
      signal: this.#signal,
      after,
      ...start,
    });
    return this.#feed;
  }

  /** Sends `text` to everyone: 1 to `limits.maxTextBytes` bytes. Resolves once it is appended to the log. */
  say(
    text: string,
    { requestId = newRequestId(), replyToId = "" }: MessageOptions = {},
  ): Promise<BroadcastResponse> {
    return this.call((client, options) => client.broadcast({ text, requestId, replyToId }, options));
  }

  /**
   * Sends `text` to one member: a nickname, or a `Person` such as the sender of an event. With a person's id the message
   * is refused (USER_NOT_FOUND, field `recipient_id`) if someone else has the nickname now.
   */
  whisper(
    to: string | Person,
    text: string,
    { requestId = newRequestId(), replyToId = "" }: MessageOptions = {},
  ): Promise<SendToResponse> {
    const { nickname: recipient, id: recipientId } = typeof to === "string" ? { nickname: to, id: "" } : to;
    return this.call((client, options) =>
      client.sendTo({ recipient, recipientId, text, requestId, replyToId }, options),
    );
  }

  /** Gives a message of one's own another text, by the id of its event. */
  edit(
    id: string,
    text: string,
    { requestId = newRequestId() }: SendOptions = {},
  ): Promise<EditMessageResponse> {
    return this.call((client, options) => client.editMessage({ id, text, requestId }, options));
  }

  /** Who is online, the session's own member included; at most `max` of them (default 500). */
  users(max = 500): Promise<Users> {
    return listUsers((request) => this.call((client, options) => client.listUsers(request, options)), max);
  }

  /** Earlier events, as far as they are visible to the member and kept by the server. */
  history(historyOptions: HistoryOptions = {}): Promise<History> {
    return listEvents(
      (request) => this.call((client, options) => client.listEvents(request, options)),
      historyOptions,
    );
  }

  /** Earlier messages, edits and announcements whose text contains `text`, whatever its case and width. */
  find(text: string, historyOptions: HistoryOptions = {}): Promise<History> {
    return listEvents(
      (request) => this.call((client, options) => client.searchEvents({ ...request, text }, options)),
      historyOptions,
    );
  }

  help(): Promise<HelpResponse> {
    return this.call((client, options) => client.help({}, options));
  }

  /** What the room asks for and permits at present. */
  async room(): Promise<GetRoomResponse> {
    return this.call((client, options) => client.getRoom({}, options));
  }

  /**
   * Registers the nickname as the caller's own. Without a secret the server makes one, which nobody can guess; the response
   * has it, once. Later logins of this session use it.
   */
  async register(secret = ""): Promise<RegisterNicknameResponse> {
    const requestId = newRequestId();
    const registered = await this.call((client, options) =>
      client.registerNickname({ secret, requestId }, options),
    );
    this.#secret = registered.secret || secret;
    return registered;
  }

  /** Gives the registered nickname up; the session goes on as that of a guest. */
  async unregister(): Promise<void> {
    await this.call((client, options) => client.unregisterNickname({}, options));
    this.#secret = undefined;
  }

  /** Erases messages for everyone, by their ids: one's own, or as a moderator. Resolves with how many. */
  async redact(ids: readonly string[], reason = ""): Promise<number> {
    const { erased } = await this.call((client, options) =>
      client.redact({ ids: [...ids], reason }, options),
    );
    return erased;
  }

  /** Ignores group messages (true) or receives them again; the response counts those that were skipped. */
  ignore(ignoring: boolean, { requestId = newRequestId() }: SendOptions = {}): Promise<ToggleIgnoreResponse> {
    return this.call((client, options) => client.toggleIgnore({ ignoring, requestId }, options));
  }

  /** Ends the feed and logs out, within 500 ms. With `logout` false the member stays for the grace. Never throws. */
  async leave({ logout = true }: { readonly logout?: boolean } = {}): Promise<void> {
    // The feed first: the goodbye that Logout causes is no news to a caller that leaves.
    this.#end.abort();
    if (logout && this.#token !== undefined)
      await this.client.logout({}, { timeoutMs: LOGOUT_TIMEOUT_MS }).catch(() => undefined);
  }

  /** Makes any unary call of the stub with the session's retries; the request must carry a request_id. */
  call<T>(make: (client: ChatClient, options: CallOptions) => Promise<T>): Promise<T> {
    return this.#retry((options) => make(this.client, options));
  }

  /** The same of a moderator's call: one that is repeated because its response was lost changes nothing more. */
  moderate<T>(make: (client: ModerationClient, options: CallOptions) => Promise<T>): Promise<T> {
    return this.#retry((options) => make(this.moderation, options));
  }

  #retry<T>(make: (options: CallOptions) => Promise<T>): Promise<T> {
    let used = this.#token;
    return retry(
      (callOptions) => {
        used = this.#token;
        return make(callOptions);
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
    if (this.#removed) throw this.#removed;
    // A session from elsewhere, of which nothing but its token is known.
    const isUnnamed = this.#self.nickname === "" && !this.#options.accessToken;
    if (isUnnamed && invalidToken !== undefined) throw new SessionEnded("SESSION_EXPIRED");
    this.#loggingIn ??= this.#login().finally(() => {
      this.#loggingIn = undefined;
    });
    await this.#loggingIn;
  }

  async #login(): Promise<void> {
    const { invite, bot, accessToken } = this.#options;
    const secret = this.#secret;
    const credentials: Credentials = {
      nickname: this.#self.nickname,
      ...(secret !== undefined && { secret }),
      ...(invite !== undefined && { invite }),
      ...(bot !== undefined && { bot }),
      ...(accessToken && { accessToken }),
    };
    const response = await login(this.client, credentials, this.#signal);
    this.#token = response.token;
    this.#leftCursor = response.leftCursor;
    this.#self = { nickname: response.user?.nickname ?? this.#self.nickname, id: response.user?.id ?? "" };
    if (response.limits) this.#limits = limitsOf(response.limits);
    this.#motd = response.motd;
    this.#changed();
  }

  #onHello({ limits }: Hello): void {
    // The server can be reached: calls in backoff need not wait longer.
    this.#pause.wake();
    if (limits === null || JSON.stringify(limits) === JSON.stringify(this.#limits)) return;
    this.#limits = limits;
    this.#changed();
  }

  #onGoodbye({ reason }: Goodbye): void {
    if (reason === "REMOVED" || reason === "BANNED") this.#removed = new SessionEnded(reason);
  }

  #changed(): void {
    const token = this.#token;
    if (token !== undefined) {
      this.#options.onChange?.({ token, self: this.#self, limits: this.#limits });
    }
  }
}

/** What a room asks for and permits, for who has not entered it. Throws the ConnectError of a server that is not there. */
export function lookAt({
  server = DEFAULT_SERVER,
  ca,
  transport,
  language = "en",
}: Pick<SessionOptions, "server" | "ca" | "transport" | "language">): Promise<GetRoomResponse> {
  const client = createChatClient({
    transport: transport ?? serverTransport(server, ca),
    language,
    token: () => undefined,
  });
  return client.getRoom({}, { timeoutMs: CALL_TIMEOUT_MS });
}

/** Logs in, or resumes a session. Throws the ConnectError of a refused nickname or an unreachable server. */
export function connect(options: SessionOptions): Promise<Session> {
  const { server = DEFAULT_SERVER, ca, transport } = options;
  return Session.open(options, transport ?? serverTransport(server, ca));
}

function posterOf({ withoutStay, nickname, secret }: SessionOptions): Poster | undefined {
  return withoutStay && secret ? { nickname, secret } : undefined;
}
