import type { Link, Reader } from "./link.js";

/** What is special about one subscriber. */
export interface Listener {
  readonly nickname: string;
  /** Has switched group messages off before it subscribes. */
  readonly ignoring: boolean;
  /** Will stop reading: flow control must not be opened wide for it. */
  readonly stalling: boolean;
}

/** A logged-in sender with a fixed number of slots, each for one message at a time. */
export interface Publisher {
  readonly slots: number;
  /** Sends message `id` in a free slot, to the room or to one recipient. */
  publish(slot: number, id: number, recipient?: string): void;
}

/** What opening a publisher takes. */
export interface PublisherNeeds {
  readonly nickname: string;
  /** Messages that may be under way at once. */
  readonly slots: number;
  readonly textBytes: number;
  /** Opens another connection to the server. */
  readonly open: () => Promise<Link>;
  /** The server has answered for the message in this slot (at once where the protocol has no answers). */
  readonly answered: (slot: number) => void;
  /** The server refused; the run cannot go on. */
  readonly failed: (why: string) => void;
}

/** A subscription. Until another reads its bytes, the dialect watches them for the feed's end. */
export interface Feed {
  /** Called once, when another takes over reading: what must see every chunk from then on, if anything must. */
  handOver?(): Reader;
  /** Whether the server was seen to end this feed, with or without the connection. */
  readonly ended: boolean;
}

/** Subscribes; resolves when the server has confirmed it (with the first event, where there is one). */
export type Subscribe = () => Promise<Feed>;

/** Where to read a feed from, and who takes it. */
export interface ReplayNeeds {
  readonly nickname: string;
  readonly after: string;
  /** Gets every byte of the feed, the first event's as well; other bytes of the connection may be among them. */
  readonly reader: Reader;
  readonly failed: (why: string) => void;
}

/** How to log in, subscribe and publish in one protocol, on raw connections. */
export interface Dialect {
  /** Logs in, where the protocol can do so without subscribing. */
  enter(link: Link, listener: Listener): Promise<Subscribe>;
  publisher(needs: PublisherNeeds): Promise<Publisher>;
  /** Logs in; resolves with the function that asks for the feed. Only where feeds begin at a place. */
  replay?(link: Link, needs: ReplayNeeds): Promise<() => void>;
}
