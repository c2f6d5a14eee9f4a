import {
  type CallOptions,
  type Client,
  Code,
  ConnectError,
  createClient,
  type Transport,
} from "@connectrpc/connect";
import { ChatService, type SubscribeResponse } from "../../gen/parlance/v1/chat_service_pb.js";
import { type ErrorDetail, ErrorDetailSchema, ErrorReason } from "../../gen/parlance/v1/errors_pb.js";
import type { Event } from "../../gen/parlance/v1/event_pb.js";

type Chat = Client<typeof ChatService>;
type EventKind = Exclude<Event["kind"], { case: undefined }>;
type Signal = Exclude<SubscribeResponse["item"], { case: undefined } | { case: "event" }>;
export type ItemKind = EventKind["case"] | Signal["case"];

/** What a feed sent: an event, or a signal, which has no id. */
export interface Item {
  readonly id: string;
  readonly cursor: string;
  readonly time?: Event["time"];
  readonly kind: EventKind | Signal;
  /** As it was sent; undefined for a signal. */
  readonly event?: Event;
}

/** A logged-in client. */
export interface Person {
  readonly nickname: string;
  readonly id: string;
  readonly token: string;
  /** Options of authenticated calls. */
  readonly options: CallOptions;
  readonly chat: Chat;
  say(text: string, requestId?: string): ReturnType<Chat["broadcast"]>;
  sendTo(recipient: string, text: string, requestId?: string): ReturnType<Chat["sendTo"]>;
  listen(request?: { after?: string; backlog?: number }): Listener;
}

/** Logs in; the room does not know of it. */
export async function login(transport: Transport, nickname: string, requestId = ""): Promise<Person> {
  const chat = createClient(ChatService, transport);
  const { token, user } = await chat.login({ nickname, requestId });
  return personOf(transport, user!.nickname, user!.id, token);
}

/** Logs in and is announced: by a feed, which is closed again. */
export async function joinRoom(transport: Transport, nickname: string, requestId = ""): Promise<Person> {
  const person = await login(transport, nickname, requestId);
  await announce(person);
  return person;
}

/** Opens a feed and closes it. */
export async function announce(person: Pick<Person, "listen">): Promise<void> {
  const feed = person.listen();
  await feed.next("hello");
  await feed.close();
}

export function personOf(transport: Transport, nickname: string, id: string, token: string): Person {
  const chat = createClient(ChatService, transport);
  const options: CallOptions = { headers: { authorization: `Bearer ${token}` } };
  return {
    nickname,
    id,
    token,
    options,
    chat,
    say: (text, requestId = "") => chat.broadcast({ text, requestId }, options),
    sendTo: (recipient, text, requestId = "") => chat.sendTo({ recipient, text, requestId }, options),
    listen: (request = {}) => new Listener(chat, options, request),
  };
}

/** An open feed that records its items. */
export class Listener {
  readonly items: Item[] = [];
  /** The error that ended the feed; undefined for a clean end. */
  readonly ended: Promise<ConnectError | undefined>;
  private readonly abort = new AbortController();
  private wake: (() => void)[] = [];
  private over = false;
  private taken = 0;
  private pausing: Promise<void> = Promise.resolve();
  private readOn = () => {};

  constructor(chat: Chat, options: CallOptions, request: { after?: string; backlog?: number }) {
    this.ended = this.run(chat.subscribe(request, { ...options, signal: this.abort.signal }));
  }

  /** Its events of the log, without the signals. */
  get events(): Event[] {
    return this.items.flatMap(({ event }) => event ?? []);
  }

  /** The next item of that kind that no earlier call returned; others before it are skipped. */
  async next<K extends ItemKind>(kind: K): Promise<Item & { kind: { case: K } }> {
    for (;;) {
      while (this.taken < this.items.length) {
        const item = this.items[this.taken++]!;
        if (item.kind.case === kind) return item as Item & { kind: { case: K } };
      }
      if (this.over) throw new Error(`the feed ended before ${kind}: ${(await this.ended)?.message}`);
      await new Promise<void>((resolve) => this.wake.push(resolve));
    }
  }

  /** The items in short: texts of messages, kinds of the others; without heartbeats. */
  summary(): string[] {
    return this.items.filter(({ kind }) => kind.case !== "heartbeat").map(summarize);
  }

  /** The last cursor. */
  get cursor(): string {
    return this.items.at(-1)?.cursor ?? "";
  }

  /** Stops reading, after one more item at most; returns the function that reads on. */
  pause(): () => void {
    this.pausing = new Promise((resolve) => {
      this.readOn = resolve;
    });
    return this.readOn;
  }

  async close(): Promise<void> {
    this.abort.abort();
    this.readOn();
    await this.ended;
  }

  private async run(stream: AsyncIterable<SubscribeResponse>): Promise<ConnectError | undefined> {
    try {
      for await (const response of stream) {
        if (this.abort.signal.aborted) break;
        this.items.push(itemOf(response));
        this.rouse();
        await this.pausing;
      }
      return undefined;
    } catch (error) {
      return ConnectError.from(error);
    } finally {
      this.over = true;
      this.rouse();
    }
  }

  private rouse(): void {
    for (const wake of this.wake.splice(0)) wake();
  }
}

/** Throws if a response carries nothing that the schema knows. */
export function itemOf({ item }: SubscribeResponse): Item {
  if (item.case === undefined) throw new Error("an empty response");
  if (item.case !== "event") return { id: "", cursor: item.value.cursor, kind: item };
  const { id, cursor, time, kind } = item.value;
  if (kind.case === undefined) throw new Error("an event without a kind");
  return { id, cursor, time, kind, event: item.value };
}

/** An item in a few characters. */
export function summarize({ kind }: { readonly kind: Item["kind"] | Event["kind"] }): string {
  switch (kind.case) {
    case "groupMessage":
      return `${kind.value.sender}: ${kind.value.text}`;
    case "privateMessage":
      return `${kind.value.sender} -> ${kind.value.recipient}: ${kind.value.text}`;
    case "joined":
      return `+${kind.value.user?.nickname}`;
    case "left":
      return `-${kind.value.user?.nickname}`;
    case "ignoreChanged":
      return `ignoring: ${kind.value.ignoring}`;
    case "undelivered":
      return `undelivered to ${kind.value.recipient}: ${kind.value.messageIds.length}`;
    default:
      return `${kind.case}`;
  }
}

/** The error of a refused call. */
export interface Refused {
  readonly code: string;
  readonly reason: string | undefined;
  readonly message: string;
  readonly detail: ErrorDetail | undefined;
}

/** Waits for a call to be refused, and returns the error; throws if it succeeds. */
export async function refused(call: Promise<unknown>): Promise<Refused> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => ConnectError.from(reason),
  );
  if (!error) throw new Error("the call was not refused");
  return refusalOf(error);
}

export function refusalOf(error: ConnectError): Refused {
  const details = error.findDetails(ErrorDetailSchema);
  if (details.length > 1) throw new Error("more than one ErrorDetail");
  return {
    code: Code[error.code],
    reason: details[0] && ErrorReason[details[0].reason],
    message: error.rawMessage,
    detail: details[0],
  };
}
