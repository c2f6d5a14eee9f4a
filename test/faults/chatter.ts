/** A client that retries whatever happens to the server, and records everything it sent and received. */

import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type CallOptions, Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { type Event, GapReason } from "../../gen/parlance/v1/event_pb.js";
import { readCursor } from "../../server/room/log/cursor.js";
import { systemIds } from "../../server/system.js";
import { type Item, itemOf, refusalOf, summarize } from "../support/people.js";
import type { Answer, FeedRun, Frame, Request } from "./checker/history.js";

/** Delay before a retry, and time limit of one call. */
const retryMs = 50;
const timeoutMs = 4_000;
/** For a call to be responded to, the fault and its aftermath included. */
const patienceMs = 90_000;
const padding = ".".repeat(100);
/**
 * How the client library reports, as INTERNAL, a response that a proxy cut because it had lost the server: a gRPC response
 * without a status, or a stream that was reset. A server that is called directly never does this.
 */
const CUT_BY_PROXY = /^(protocol error: missing (status|trailer)|http\/2 stream closed)/;

/** Reasons that are not retried. */
export type Refused = "IGNORING" | "USER_NOT_FOUND";

/** The shared records of all clients of a run. */
export interface Records {
  readonly requests: Request[];
  readonly toggles: Map<string, number>;
  readonly feeds: FeedRun[];
  /** Logical time, see Request. */
  moment: number;
  /** Messages acknowledged so far. */
  acknowledged: number;
}

export const createRecords = (): Records => ({
  requests: [],
  toggles: new Map(),
  feeds: [],
  moment: 0,
  acknowledged: 0,
});

export interface Chatter {
  readonly nickname: string;
  readonly id: string;
  /** Reads until the signal, resuming after every end of the stream. */
  read(signal: AbortSignal): Promise<void>;
  /** The last number of the log that was read. */
  reached(): number;
  say(): Promise<Refused | undefined>;
  sendTo(nickname: string): Promise<Refused | undefined>;
  toggle(): Promise<boolean>;
  logout(): Promise<void>;
  /** Number of the server's newest event. */
  head(): Promise<number>;
  /** Member ids of those online. */
  present(): Promise<string[]>;
}

export interface JoinOptions {
  /** Whether a proxy is between client and server. */
  readonly proxied?: boolean;
}

/** Logs in, with retries. */
export async function join(
  transport: Transport,
  nickname: string,
  records: Records,
  { proxied = false }: JoinOptions = {},
): Promise<Chatter> {
  const persist = <T>(call: () => Promise<T>) => persistently(call, proxied);
  const chat = createClient(ChatService, transport);
  const secret = systemIds.random(16);
  const login = () => persist(() => chat.login({ nickname, requestId: secret }, { timeoutMs }));
  const { user, token } = await (proxied ? whenFree(login) : login());
  const { id } = user!;
  const options: CallOptions = { headers: { authorization: `Bearer ${token}` }, timeoutMs };
  let messages = 0;
  let after = "";
  let reached = 0;

  async function send(
    call: (text: string, requestId: string) => Promise<{ id: string; cursor: string; time?: Event["time"] }>,
  ): Promise<Refused | undefined> {
    const requestId = `${nickname}-${++messages}`;
    const answers: Answer[] = [];
    const request: Request & { done?: number } = {
      memberId: id,
      requestId,
      begun: ++records.moment,
      answers,
    };
    records.requests.push(request);
    try {
      const { id: eventId, cursor, time } = await persist(() => call(`${requestId} ${padding}`, requestId));
      answers.push({ id: eventId, seq: readCursor(cursor, "").seq, at: timestampMs(time!) });
      request.done = ++records.moment;
      records.acknowledged++;
      return undefined;
    } catch (error) {
      const { reason } = refusalOf(ConnectError.from(error));
      if (reason === "IGNORING" || reason === "USER_NOT_FOUND") return reason;
      throw error;
    }
  }

  const list = () => persist(() => chat.listUsers({ pageSize: 500 }, options));

  async function readOnce(signal: AbortSignal): Promise<void> {
    const frames: Frame[] = [];
    const request = { after };
    records.feeds.push({ memberId: id, ...(after && { after: readCursor(after, "after") }), frames });
    const { timeoutMs: _, ...untimed } = options;
    for await (const response of chat.subscribe(request, { ...untimed, signal })) {
      if (signal.aborted) return;
      const item = itemOf(response);
      const frame = frameOf(item);
      frames.push(frame);
      after = item.cursor;
      reached = frame.seq;
    }
  }

  return {
    nickname,
    id,
    async read(signal) {
      while (!signal.aborted) {
        try {
          await readOnce(signal);
        } catch (error) {
          if (!mayPass(error, proxied) && !signal.aborted) throw error;
        }
        await pause();
      }
    },
    reached: () => reached,
    say: () => send((text, requestId) => chat.broadcast({ text, requestId }, options)),
    sendTo: (to) => send((text, requestId) => chat.sendTo({ recipient: to, text, requestId }, options)),
    async toggle() {
      const requestId = `${nickname}-toggle-${++messages}`;
      const { ignoring } = await persist(() => chat.toggleIgnore({ requestId }, options));
      records.toggles.set(id, (records.toggles.get(id) ?? 0) + 1);
      return ignoring;
    },
    async logout() {
      try {
        await persist(() => chat.logout({}, options));
      } catch (error) {
        // The response to an earlier attempt was lost: the token is no longer valid.
        if (refusalOf(ConnectError.from(error)).reason !== "NOT_LOGGED_IN") throw error;
      }
    },
    head: async () => readCursor((await list()).cursor, "").seq,
    present: async () => (await list()).users.map((user) => user.id),
  };
}

/**
 * Retries a Login until the nickname is free. A server that stood still carries out late what its client has repeated at
 * another one: a Login whose member has left there by then takes the nickname once more, until its idle time is over.
 */
async function whenFree<T>(login: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await login();
    } catch (error) {
      if (refusalOf(ConnectError.from(error)).reason !== "NICKNAME_TAKEN") throw error;
      await pause();
    }
  }
}

/** Retries a call until the server has responded, or for longer than any fault lasts. */
async function persistently<T>(call: () => Promise<T>, proxied: boolean): Promise<T> {
  const end = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await settled(call());
    } catch (error) {
      if (!mayPass(error, proxied)) throw error;
      if (performance.now() > end)
        throw new Error(`${attempt} attempts without a response`, { cause: error });
      await pause();
    }
  }
}

/** The client library can leave a call open for ever whose connection was lost, whatever its deadline. */
async function settled<T>(call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ConnectError("no outcome", Code.DeadlineExceeded)), 2 * timeoutMs);
  });
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
}

/** Whether a retry can help: no response by the room, or one that asks to come back, as on a crash or start. */
function mayPass(error: unknown, proxied: boolean): boolean {
  const connectError = ConnectError.from(error);
  const { code, reason, message } = refusalOf(connectError);
  if (reason !== undefined) return code === Code[Code.Unavailable];
  // INTERNAL from the server is a fault; the client library also uses it for a socket lost during a request.
  if (code !== Code[Code.Internal] || connectError.cause instanceof Error) return true;
  return proxied && CUT_BY_PROXY.test(message);
}

function frameOf(item: Item): Frame {
  const { id, kind, cursor } = item;
  const place = readCursor(cursor, "");
  switch (kind.case) {
    case "hello":
    case "heartbeat":
    case "goodbye":
      return { ...place, kind: "note", content: "" };
    case "caughtUp":
      return { ...place, kind: "note", content: "", online: kind.value.online };
    case "gap":
      return { ...place, kind: "gap", content: GapReason[kind.value.reason] };
    default:
      return { ...place, kind: "event", id, content: summarize(item) };
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, retryMs));
