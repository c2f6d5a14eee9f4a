import type { Link, Reader } from "./link.js";

/** How one subscriber differs from the others. */
export interface Listener {
  readonly nickname: string;
  /** Ignores group messages before it subscribes. */
  readonly ignoring: boolean;
  /** Will stop reading: its flow-control windows must stay small. */
  readonly stalling: boolean;
  /** Is in the room before it subscribes, where a login alone does not announce it. */
  readonly announced: boolean;
}

/** A logged-in sender with a fixed number of slots, each for one message at a time. */
export interface Publisher {
  readonly slots: number;
  /** Sends message `id` in a free slot, to the room or to one recipient. */
  publish(slot: number, id: number, recipient?: string): void;
}

/** How to open a publisher. */
export interface PublisherNeeds {
  readonly nickname: string;
  /** Messages that may be in flight at once. */
  readonly slots: number;
  readonly textBytes: number;
  /** Opens another connection to the server. */
  readonly open: () => Promise<Link>;
  /** The server has responded to the message in this slot (called at once where the protocol has no responses). */
  readonly confirmed: (slot: number) => void;
  /** The server refused; the run cannot go on. */
  readonly failed: (why: string) => void;
}

/** A subscription. Until another reader takes over, the dialect watches its bytes for the feed's end. */
export interface Feed {
  /** Called once, when another reader takes over: returns what must receive every later chunk, if anything. */
  handOver?(): Reader;
  /** Whether the server ended this feed, with or without the connection. */
  readonly ended: boolean;
}

/** Subscribes; resolves when the server has confirmed it (with the first event, where there is one). */
export type Subscribe = () => Promise<Feed>;

/** Where to read a feed from, and what receives it. */
export interface ReplayNeeds {
  readonly nickname: string;
  readonly after: string;
  /** Receives every byte of the feed, including the first event; other bytes of the connection may be among them. */
  readonly reader: Reader;
  readonly failed: (why: string) => void;
}

/** A feed to follow from a position, across connections and restarts of the server. */
export interface FollowNeeds {
  readonly nickname: string;
  /** The token of an earlier login; undefined: log in. */
  readonly token: string | undefined;
  /** Position after which the feed starts; empty: now. */
  readonly after: string;
  /** Receives each message of the feed; its bytes are overwritten after the call. */
  readonly received: (message: Buffer) => void;
  /** The feed was refused or ended. */
  readonly failed: (why: string) => void;
}

/** What a caller needs that lists the members. */
export type ListerNeeds = Pick<PublisherNeeds, "nickname" | "open" | "failed">;

/** How to log in, subscribe and publish in one protocol, on raw connections. */
export interface Dialect {
  /** Logs in, where the protocol can do so without subscribing. */
  enter(link: Link, listener: Listener): Promise<Subscribe>;
  publisher(needs: PublisherNeeds): Promise<Publisher>;
  /** Logs in; resolves with the function that requests the feed. Only where feeds can start at a cursor. */
  replay?(link: Link, needs: ReplayNeeds): Promise<() => void>;
  /** Requests a feed and resolves with the token. Only where sessions and positions outlive the server. */
  follow?(link: Link, needs: FollowNeeds): Promise<string>;
  /** Logs in; resolves with the function that lists all members, page by page, and counts them. */
  lister?(needs: ListerNeeds): Promise<() => Promise<number>>;
}
