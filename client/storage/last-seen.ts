import { join } from "node:path";
import type { Event } from "../session/event.js";
import type { FeedItem } from "../session/feed.js";
import { nameKey } from "../session/person.js";
import type { FeedStart, Session } from "../session/session.js";
import { PrivateFile } from "./private-file.js";

/** The last event that a reader has seen. */
export interface LastSeen {
  readonly cursor: string;
  /** Member that has seen it; another member has not missed events from before its own join. */
  readonly memberId: string;
  /** Local clock, ms since 1970. */
  readonly atMs: number;
  /** Id of the last message that was on a screen with the focus. */
  readonly readId?: string;
}

type Stored = Readonly<Record<string, Readonly<Record<string, LastSeen>>>>;

/** Last seen events by server and nickname, in `last-seen.json`. */
export class LastSeenFile {
  readonly #file: PrivateFile<Stored>;

  constructor(dir: string) {
    this.#file = new PrivateFile<Stored>(join(dir, "last-seen.json"), {});
  }

  find(server: string, nickname: string): LastSeen | undefined {
    const found: Partial<LastSeen> | undefined = this.#file.read()[server]?.[nameKey(nickname)];
    return typeof found?.cursor === "string" && typeof found.atMs === "number"
      ? (found as LastSeen)
      : undefined;
  }

  save(server: string, nickname: string, lastSeen: LastSeen): void {
    this.#file.update((stored) => ({
      ...stored,
      [server]: { ...stored[server], [nameKey(nickname)]: lastSeen },
    }));
  }
}

/** Interval of writes, ms. After a crash, what was shown in this time is shown again. */
const WRITE_EVERY_MS = 1_000;

export interface LastSeenOptions {
  readonly dir: string;
  readonly server: string;
  readonly session: Session;
  /** Whether the session existed before: only then events may have been missed. */
  readonly resumed: boolean;
}

/** Follows a feed and stores its cursor, so that a client that crashed or was closed resumes there. */
export class LastSeenTracker {
  /** Local clock: when the last event was seen; null on a fresh start. */
  readonly awaySinceMs: number | null;
  readonly #file: LastSeenFile;
  readonly #options: LastSeenOptions;
  readonly #resumeAfter: string | undefined;
  /** Id of the last message that was read in earlier runs; "": none is known. */
  readonly readId: string;
  #readId: string;
  #lastId = "";
  #isReading = true;
  #cursor = "";
  #written = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LastSeenOptions) {
    const { dir, server, session, resumed } = options;
    this.#options = options;
    this.#file = new LastSeenFile(dir);
    const found = this.#file.find(server, session.self.nickname);
    this.readId = typeof found?.readId === "string" ? found.readId : "";
    this.#readId = this.readId;
    const own = resumed && found?.memberId === session.self.id ? found : undefined;
    this.awaySinceMs = own?.atMs ?? null;
    this.#resumeAfter = own?.cursor;
  }

  /** Where the feed starts: after the last seen event, or with `backlog` events. */
  start(backlog: number): FeedStart {
    return this.#resumeAfter === undefined ? { backlog } : { after: this.#resumeAfter };
  }

  /** Whether the reader sees what is shown. */
  setReading(isReading: boolean): void {
    this.#isReading = isReading;
    if (isReading && this.#lastId !== "") this.#readId = this.#lastId;
  }

  onItem(item: FeedItem): void {
    if (item.kind === "event" && isForEveryone(item.event)) {
      this.#lastId = item.event.id;
      if (this.#isReading) this.#readId = this.#lastId;
    }
    const cursor = cursorOf(item);
    if (cursor === "") return;
    this.#cursor = cursor;
    if (this.#timer === undefined) this.#write();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#written = "";
    this.#write();
    clearTimeout(this.#timer);
  }

  #write(): void {
    this.#timer = undefined;
    if (this.#cursor === "" || this.#cursor === this.#written) return;
    this.#written = this.#cursor;
    const { server, session } = this.#options;
    const { nickname, id } = session.self;
    const readId = this.#readId;
    this.#file.save(server, nickname, { cursor: this.#cursor, memberId: id, atMs: Date.now(), readId });
    this.#timer = setTimeout(() => this.#write(), WRITE_EVERY_MS);
  }
}

/** A later stay of a guest is shown such messages too, and no private ones. */
function isForEveryone({ kind, id }: Event): boolean {
  return id !== "" && (kind === "groupMessage" || kind === "announcement");
}

function cursorOf(item: FeedItem): string {
  if (item.kind === "event") return item.event.cursor;
  return item.kind === "signal" ? item.signal.cursor : "";
}
