/**
 * The texts of the log as they are searched: folded, in blocks of consecutive numbers. A block is read from the store when
 * a search first needs it, and kept, so that a room that is not searched pays nothing, and one that is reads its log once.
 * What is found in a block is a candidate: the log itself decides what is kept, and what a caller may see of it.
 */
import { type Clock, type EventLog, LOG_PAGE, type Position } from "../ports.js";
import { foldText } from "../rules/text.js";
import { keptPages } from "./read-back.js";
import { type DecodeDetails, type RecordKind, readRecord, TEXT_KINDS } from "./record.js";

/** UTF-16 units of all blocks kept, 64 MB of memory at most; a hundred thousand short messages have 5 million. */
const MAX_UNITS = 32 * 1024 * 1024;
/** What a message takes of that beside its text. */
const UNITS_OF_MESSAGE = 32;
/** Entries read at once: with the longest texts, more would take the event loop for over 2 ms. */
export const READ_AT_ONCE = 32;
/** Without a search for so long, all blocks are dropped. */
const UNUSED_MS = 600_000;
/** Never part of a folded text. */
const SEPARATOR = "\n";

/** What is known of a message without reading it. */
export interface Candidate {
  readonly seq: number;
  readonly kind: RecordKind;
  readonly ids: readonly string[];
}

/** The texts of the entries after `from` up to and including `to`. */
export class Block {
  constructor(
    readonly from: number,
    readonly to: number,
    private readonly messages: readonly Candidate[],
    /** Where each message begins in `texts`. */
    private readonly starts: readonly number[],
    /** All texts, folded, with a separator after each. */
    private readonly texts: string,
  ) {}

  get units(): number {
    return this.texts.length + this.messages.length * UNITS_OF_MESSAGE;
  }

  /** The messages whose text contains `needle`, which is folded; oldest first. */
  find(needle: string): Candidate[] {
    const { messages, starts, texts } = this;
    const found: Candidate[] = [];
    let message = 0;
    for (let at = texts.indexOf(needle); at >= 0; at = texts.indexOf(needle, starts[++message])) {
      while (message + 1 < starts.length && starts[message + 1]! <= at) message++;
      found.push(messages[message]!);
      if (message + 1 === starts.length) break;
    }
    return found;
  }
}

export interface SearchBlocksOptions {
  readonly log: Pick<EventLog, "read">;
  readonly clock: Clock;
  readonly decodeDetails: DecodeDetails;
  /** Default: 32 million. */
  readonly maxUnits?: number;
}

/** What one search needs of a block. */
export interface BlockUse {
  readonly epoch: string;
  /** The newest number that the room has applied. */
  readonly last: number;
  /** Called between two reads of a block; may wait for other work of the process. */
  readonly rest: () => Promise<void> | undefined;
  /** Called with the bytes of what was read from the store. */
  readonly onRead: (entries: number, bytes: number) => void;
}

export class SearchBlocks {
  /** By the number before a block's first. */
  private readonly blocks = new Map<number, Block>();
  private units = 0;
  /** Grows whenever a block may no longer be what the log has. */
  private generation = 0;
  private cancelDrop = () => {};

  constructor(private readonly options: SearchBlocksOptions) {}

  /** To be called when a search begins. `first`: the oldest number that the log keeps. */
  use(first: number): void {
    for (const [from, block] of this.blocks) if (block.to < first) this.drop(from);
    this.cancelDrop();
    this.cancelDrop = this.options.clock.after(UNUSED_MS, () => this.clear());
  }

  /** The block that has the entry with this number. */
  async containing(seq: number, use: BlockUse): Promise<Block> {
    const from = seq - 1 - ((seq - 1) % LOG_PAGE);
    const kept = this.blocks.get(from);
    if (kept) return kept;
    const { generation } = this;
    const to = from + LOG_PAGE;
    const block = await this.read(from, Math.min(to, use.last), use);
    if (block.to === to && generation === this.generation) this.keep(block);
    return block;
  }

  /** What was erased is not kept here either. */
  forget(seqs: readonly number[]): void {
    this.generation++;
    for (const seq of seqs) this.drop(seq - 1 - ((seq - 1) % LOG_PAGE));
  }

  clear(): void {
    this.generation++;
    this.blocks.clear();
    this.units = 0;
    this.cancelDrop();
  }

  /** The newest are kept, which searches read first. */
  private keep(block: Block): void {
    this.blocks.set(block.from, block);
    this.units += block.units;
    const { maxUnits = MAX_UNITS } = this.options;
    while (this.units > maxUnits) this.drop(Math.min(...this.blocks.keys()));
  }

  private drop(from: number): void {
    this.units -= this.blocks.get(from)?.units ?? 0;
    this.blocks.delete(from);
  }

  private async read(from: number, to: number, { epoch, rest, onRead }: BlockUse): Promise<Block> {
    const { log, decodeDetails } = this.options;
    const after: Position = { epoch, seq: from };
    const audiences = new Map<string, readonly string[]>();
    const messages: Candidate[] = [];
    const starts: number[] = [];
    const texts: string[] = [];
    let length = 0;
    for await (const entries of keptPages(log, after, to, READ_AT_ONCE)) {
      let bytes = 0;
      for (const { seq, data } of entries) {
        bytes += data.length;
        const record = readRecord(data);
        if (!TEXT_KINDS.has(record.kind)) continue;
        const audience = record.ids.join();
        const ids = audiences.get(audience) ?? record.ids;
        audiences.set(audience, ids);
        const text = foldText(decodeDetails(record).text) + SEPARATOR;
        messages.push({ seq, kind: record.kind, ids });
        starts.push(length);
        texts.push(text);
        length += text.length;
      }
      onRead(entries.length, bytes);
      await rest();
    }
    return new Block(from, to, messages, starts, texts.join(""));
  }
}
