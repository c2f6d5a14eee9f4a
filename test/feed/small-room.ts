import type { Encoding } from "../../server/feed/encoding.js";
import { Feed, type FeedOptions } from "../../server/feed/feed.js";
import type { Sink } from "../../server/feed/sink.js";
import { plainFraming } from "../../server/feed/sink.js";
import type { Subscription } from "../../server/feed/subscription.js";
import {
  concernedBy,
  type EncodeEvent,
  NONCE_BYTES,
  type RoomEvent,
  readRecord,
  writeRecord,
} from "../../server/room/log/record.js";
import { Tailer } from "../../server/room/log/tailer.js";
import { IgnoreHistory } from "../../server/room/members/ignore-history.js";
import { Unwritten } from "../../server/room/members/unwritten.js";
import type { Position } from "../../server/room/ports.js";
import type { FeedViewer } from "../../server/room/verbs/subscribe.js";
import { createManualClock } from "../support/manual-clock.js";
import { createForkingLog } from "./forking-log.js";

/** Lines of text instead of envelopes: `#SEQ PAYLOAD` for events, kind and details for signals. */
export function createTextEncoding(key = "text") {
  let made = 0;
  const encoding: Encoding = {
    key,
    event({ epoch, seq, payload }) {
      made++;
      return Buffer.from(`#${epoch}:${seq} ${Buffer.from(payload).toString()}\n`);
    },
    signal(signal, { epoch, seq }) {
      const isEnd = signal.kind === "caught_up";
      const facts = "reason" in signal ? ` ${signal.reason}` : isEnd ? ` ${signal.replayed}` : "";
      const online = isEnd ? ` online ${signal.online}` : "";
      return Buffer.from(`${signal.kind}${facts} @${epoch}:${seq}${online}\n`);
    },
  };
  return { encoding, made: () => made };
}

/** A peer that reads everything until `stop`. */
function createTestSink() {
  let open = true;
  let isGone = false;
  let drain: (() => void) | undefined;
  const writes: string[] = [];
  const peer = {
    writes,
    wasCut: false,
    /** The connection is lost: what is written from now on is lost. */
    vanish() {
      isGone = true;
    },
    lines: () => writes.join("").split("\n").slice(0, -1),
    stop() {
      open = false;
    },
    goOn() {
      open = true;
      const call = drain;
      drain = undefined;
      call?.();
    },
    sink: {
      framing: plainFraming,
      write(bytes) {
        writes.push(Buffer.from(bytes).toString());
        return open;
      },
      onDrain(call) {
        drain = call;
        return () => {
          drain = undefined;
        };
      },
      isClosed: () => isGone,
      cut() {
        peer.wasCut = true;
      },
    } satisfies Sink as Sink,
  };
  return peer;
}

/** Members, toggles and messages on a real tailer and feed: the room without its rules. */
export async function createSmallRoom(options: Partial<Omit<FeedOptions, "log" | "clock">> = {}) {
  const store = createForkingLog();
  const clock = createManualClock();
  const moderators = new Set<string>();
  const feed = new Feed({
    log: store.log,
    clock,
    observe: () => undefined,
    concernedBy: (entry) => concernedBy(entry, () => moderators),
    ...options,
  });
  const members = new Map<string, IgnoreHistory>();
  const unwritten = new Map<string, Unwritten>();
  let online = 0;
  const tailer = new Tailer({
    log: store.log,
    clock,
    observe: () => undefined,
    deliver(entry, epoch) {
      const { kind, ids } = readRecord(entry.data);
      if (kind === "ignore_on" || kind === "ignore_off")
        historyOf(ids[0]!).toggled({ seq: entry.seq, ignoring: kind === "ignore_on", groupMessages: 0 });
      if (kind === "private_message")
        unwrittenOf(ids[1]!).add({ seq: entry.seq, id: "", senderId: ids[0]!, wasAway: true });
      if (kind === "joined") online++;
      if (kind === "left") online--;
      feed.deliver(entry, epoch, online);
    },
    lost: (resume) => feed.reset(resume, online),
  });
  await tailer.start();
  let notices = 0;
  let written = "";
  /** Notices are numbered, so that no two events are equal. */
  const encode: EncodeEvent = (event) => {
    const kind = event.kind === "moderated" ? `moderated for ${event.to}` : event.kind;
    written = "text" in event ? event.text : `${kind} ${++notices}`;
    return Buffer.from(written);
  };

  function historyOf(id: string): IgnoreHistory {
    const history = members.get(id) ?? new IgnoreHistory();
    members.set(id, history);
    return history;
  }

  function unwrittenOf(id: string): Unwritten {
    const messages = unwritten.get(id) ?? new Unwritten({ upTo: 0, except: [] }, () => undefined);
    unwritten.set(id, messages);
    return messages;
  }

  function viewer(id: string): FeedViewer {
    const history = historyOf(id);
    return {
      id,
      ignoringAt: (seq) => history.at(seq),
      get isModerator() {
        return moderators.has(id);
      },
      unwritten: unwrittenOf(id),
    };
  }

  const end = (id: string) => ({ id, nickname: id });
  const person = (id: string) => ({ ...end(id), joinTime: 0 });
  const nonce = new Uint8Array(NONCE_BYTES);
  const append = (event: RoomEvent) => store.log.append(writeRecord(event, encode, nonce));
  /** Appends a message that erases entries. */
  const erase = (text: string, erases: readonly number[]) => {
    const event: RoomEvent = { kind: "group_message", sender: end("moderator"), text };
    return store.log.append(writeRecord(event, encode, nonce, erases), { erase: erases });
  };

  return {
    store,
    clock,
    feed,
    tailer,
    say: (id: string, text: string) => append({ kind: "group_message", sender: end(id), text }),
    sendTo: (from: string, to: string, text: string) =>
      append({
        kind: "private_message",
        sender: end(from),
        recipient: end(to),
        text,
        recipientIsAway: false,
      }),
    toggle: (id: string) => append({ kind: "ignore_changed", memberId: id, ignoring: !historyOf(id).now }),
    erase,
    join: (id: string) => append({ kind: "joined", user: person(id) }),
    leave: (id: string) => append({ kind: "left", user: person(id) }),
    moderators,
    moderate: (to: "moderators" | "person", person?: string) =>
      append({
        kind: "moderated",
        to,
        action: "MUTE",
        moderator: "mia",
        ...(person !== undefined && { person: end(person) }),
        reason: "",
        reference: "",
      }),
    redact: (sender: string, audience: readonly string[] = []) =>
      append({ kind: "redacted", messageIds: ["id"], sender: end(sender), reason: "", audience }),
    /** The payload of the event that was appended last. */
    written: () => written,
    ignores: (id: string) => historyOf(id).now,
    viewer,
    /** Numbers of the private messages to a member that no feed has been written. */
    unwritten: (id: string) =>
      unwrittenOf(id)
        .all()
        .map(({ seq }) => seq),
    open(
      id: string,
      { after, backlog = 0 }: { after?: { epoch: string; seq: number }; backlog?: number } = {},
    ) {
      return feed.open({
        viewer: viewer(id),
        position: tailer.position(),
        online,
        backlog,
        ...(after && { after }),
      });
    },
  };
}

export type SmallRoom = Awaited<ReturnType<typeof createSmallRoom>>;

type Start = Parameters<SmallRoom["open"]>[1];

/** A line that a reader received, without positions and numbers of notices. */
function summarize(line: string): string {
  return line
    .replace(/^#\S+ /, "")
    .replace(/ @\S+( online -?\d+)?$/, "")
    .replace(/^(joined|left|ignore_changed|redacted|moderated for \w+) \d+$/, "$1");
}

/** The last position that a reader received. */
function lastPlace(lines: readonly string[]): Position | undefined {
  const match = /(?:^#|@)([\w-]+):(\d+)/.exec(lines.findLast((line) => /^#|@/.test(line)) ?? "");
  return match ? { epoch: match[1]!, seq: Number(match[2]) } : undefined;
}

/** Opens a feed and attaches a sink to it. */
export async function park(
  room: SmallRoom,
  id: string,
  start: Start = {},
  encoding = createTextEncoding().encoding,
  opened?: Subscription,
  isGone = false,
) {
  const subscription = opened ?? (await room.open(id, start));
  const peer = createTestSink();
  if (isGone) peer.vanish();
  const gone = new AbortController();
  let ended = false;
  const over = new Promise<unknown>((resolve) => {
    subscription.push({ protocol: "test", sink: peer.sink, encoding }, resolve);
    gone.signal.addEventListener("abort", () => subscription.close(gone.signal.reason));
  }).then((reason) => {
    ended = true;
    subscription.close(reason);
    return reason;
  });
  return {
    peer: Object.assign(peer, { ended: () => ended }),
    subscription,
    over,
    writes: peer.writes,
    lines: peer.lines,
    summary: () => peer.lines().map(summarize),
    place: () => lastPlace(peer.lines()) ?? subscription.position,
    leave: () => gone.abort(new Error("gone")),
  };
}

/** Waits until everything in flight has arrived. */
export async function settle(turns = 12): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}
