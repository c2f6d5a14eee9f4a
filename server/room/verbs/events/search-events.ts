import type { RoomContext } from "../../context.js";
import { Refusal } from "../../errors.js";
import { readCursor } from "../../log/cursor.js";
import { keptPages } from "../../log/read-back.js";
import { readRecord, sees, TEXT_KINDS } from "../../log/record.js";
import { type Block, type BlockUse, type Candidate, READ_AT_ONCE } from "../../log/search-blocks.js";
import type { Member } from "../../members/member.js";
import { type Entry, LOG_PAGE, type Position } from "../../ports.js";
import { foldText } from "../../rules/text.js";
import { checkLength, refuseStoreErrors } from "../guards.js";
import {
  checkDirection,
  type EventPage,
  endOf,
  findPosition,
  type ListEventsRequest,
  limitBytes,
  wantedOf,
  withoutErased,
} from "./pages.js";

/** Bytes of UTF-8. */
const MAX_NEEDLE_BYTES = 256;
/** Entries that one call searches, most of them in memory: a hundred thousand take 2 ms there. */
const MAX_SEARCHED = 512 * LOG_PAGE;
/** Of these, the bytes that it reads from the store, and folds: a second of work for the longest texts. */
const MAX_READ_BYTES = 32 * 1024 * 1024;
/** How long a search may hold up the event loop at a time. */
const SLICE_MS = 1;

export interface SearchEventsRequest extends ListEventsRequest {
  readonly text: string;
}

export interface FoundPage extends EventPage {
  /** Entries that were read from the store to search them, and their bytes. */
  readonly read: number;
  readonly readBytes: number;
}

/**
 * SearchEvents: what ListEvents lists for the member, by the same rule of visibility, as far as its text contains `text`.
 * `nextTurn`: resolves in the next turn of the event loop.
 */
export async function searchEvents(
  context: RoomContext,
  member: Member,
  request: SearchEventsRequest,
  nextTurn: () => Promise<unknown>,
): Promise<FoundPage> {
  checkDirection(request);
  const needle = needleOf(request.text);
  const waiting = context.caughtUp();
  if (waiting) await refuseStoreErrors(waiting);
  return withoutErased(context.erasures, () => {
    const search = new Search(context, member, needle, wantedOf(request.pageSize), nextTurn);
    return refuseStoreErrors(search.run(request));
  });
}

function needleOf(text: string): string {
  checkLength("text", text, MAX_NEEDLE_BYTES);
  const needle = foldText(text).trim();
  if (needle === "") throw new Refusal("REQUEST_INVALID", { field: "text", rule: "empty" });
  return needle;
}

/** The part of the log that was searched: after `from` up to and including `to`. */
interface Searched extends Pick<EventPage, "epoch" | "from" | "to"> {
  /** The oldest number that the log keeps. */
  readonly first: number;
  readonly lost: EventPage["lost"];
}

/** One page in the making. */
class Search {
  /** In the order in which they were found. */
  private readonly found: Entry[] = [];
  private readonly fits = limitBytes();
  private readEntries = 0;
  private readBytes = 0;
  private sliceBeganMs: number;
  private readonly applied: Position;

  constructor(
    private readonly context: RoomContext,
    private readonly member: Member,
    private readonly needle: string,
    private readonly wanted: number,
    private readonly nextTurn: () => Promise<unknown>,
  ) {
    this.applied = context.tailer.position();
    this.sliceBeganMs = context.clock.monotonic();
  }

  run({ before, after }: ListEventsRequest): Promise<FoundPage> {
    return after === ""
      ? this.backward(before === "" ? undefined : readCursor(before, "before"))
      : this.forward(readCursor(after, "after"));
  }

  private async backward(before: Position | undefined): Promise<FoundPage> {
    const { log, searchBlocks } = this.context;
    const { epoch, first, to, isTrimmed, lost } = await endOf(log, before, this.applied);
    searchBlocks.use(first);
    const floor = isTrimmed ? to : Math.max(first - 1, to - MAX_SEARCHED);
    let from = to;
    while (from > floor && this.mayReadOn()) {
      const block = await searchBlocks.containing(from, this.useOf(epoch));
      const matches = block.find(this.needle).filter(({ seq }) => seq > floor && seq <= from);
      const end = await this.take(epoch, matches.reverse());
      if (end) {
        from = end.isTaken ? end.seq - 1 : end.seq;
        break;
      }
      from = Math.max(floor, block.from);
      await this.rest();
    }
    return this.page({ epoch, first, from, to, lost }, this.found.toReversed());
  }

  private async forward(after: Position): Promise<FoundPage> {
    const { log, searchBlocks } = this.context;
    const { position, lost } = await findPosition(log, after);
    const { epoch, first } = await log.head();
    searchBlocks.use(first);
    const from = position.seq;
    const ceiling = Math.min(this.applied.seq, from + MAX_SEARCHED);
    let to = from;
    while (to < ceiling && this.mayReadOn()) {
      const block: Block = await searchBlocks.containing(to + 1, this.useOf(epoch));
      const start = to;
      const matches = block.find(this.needle).filter(({ seq }) => seq > start && seq <= ceiling);
      const end = await this.take(epoch, matches);
      if (end) {
        to = end.isTaken ? end.seq : end.seq - 1;
        break;
      }
      to = Math.min(ceiling, block.to);
      await this.rest();
    }
    return this.page({ epoch, first, from, to, lost }, this.found);
  }

  private page({ epoch, first, from, to, lost }: Searched, entries: readonly Entry[]): FoundPage {
    const { readEntries: read, readBytes } = this;
    return { entries, epoch, from, to, atStart: from + 1 <= first, read, readBytes, ...(lost && { lost }) };
  }

  private mayReadOn(): boolean {
    return this.readBytes < MAX_READ_BYTES;
  }

  private useOf(epoch: string): BlockUse {
    return {
      epoch,
      last: this.applied.seq,
      rest: () => this.rest(),
      onRead: (entries, bytes) => {
        this.readEntries += entries;
        this.readBytes += bytes;
      },
    };
  }

  /**
   * Puts those on the page, in their order, that are kept, contain the text and are visible. Returns with which one the
   * page is full, and whether that one is on it; undefined: it is not full.
   */
  private async take(
    epoch: string,
    matches: readonly Candidate[],
  ): Promise<{ readonly seq: number; readonly isTaken: boolean } | undefined> {
    let rest = matches.filter((match) => sees(this.member, match, match.seq));
    while (rest.length > 0) {
      const some = rest.slice(0, this.wanted - this.found.length);
      rest = rest.slice(some.length);
      const kept = await this.entriesOf(epoch, some);
      for (const { seq } of some) {
        const entry = kept.get(seq);
        if (!entry || !this.isMatch(entry)) continue;
        if (!this.fits(entry)) return { seq, isTaken: false };
        this.found.push(entry);
        if (this.found.length === this.wanted) return { seq, isTaken: true };
      }
    }
    return undefined;
  }

  /** They are of one block: reading what lies between them as well costs less than a read for each. */
  private async entriesOf(epoch: string, matches: readonly Candidate[]): Promise<Map<number, Entry>> {
    const seqs = matches.map(({ seq }) => seq);
    const kept = new Map<number, Entry>();
    const after = { epoch, seq: Math.min(...seqs) - 1 };
    for await (const entries of keptPages(this.context.log, after, Math.max(...seqs), READ_AT_ONCE)) {
      for (const entry of entries) kept.set(entry.seq, entry);
      await this.rest();
    }
    return kept;
  }

  /** What was found may have been erased since. */
  private isMatch({ seq, data }: Entry): boolean {
    const record = readRecord(data);
    if (!TEXT_KINDS.has(record.kind) || !sees(this.member, record, seq)) return false;
    return foldText(this.context.decodeDetails(record).text).includes(this.needle);
  }

  /** Lets other work go first when the slice is used up. */
  private rest(): Promise<void> | undefined {
    const { clock } = this.context;
    if (clock.monotonic() - this.sliceBeganMs < SLICE_MS) return undefined;
    return this.nextTurn().then(() => {
      this.sliceBeganMs = clock.monotonic();
    });
  }
}
