import type { RoomContext } from "../context.js";
import { erase, readMessages } from "./erase.js";
import { readEventId } from "./event-id.js";
import { EDIT_KINDS, type RoomRecord } from "./record.js";

const AGAIN_MS = 1_000;
/** After so many edits and erasures, those of what the log no longer keeps are forgotten. */
const FORGET_EVERY = 1_024;

/**
 * Erases edits that were appended while their message was erased.
 *
 * Within one process edits and erasures take turns. Where several processes serve the room, an edit may be appended while
 * another process erases its message: before the entry that erases, which does not list it then, or after it. So each
 * process that applies the later of the two erases the edit, also after a restart; the key of that append is the same for
 * all of them, and it is made once.
 */
export class LateEdits {
  private readonly late = new Set<number>();
  private isOpen = false;
  /** Edits and erasures since the last time that some were forgotten. */
  private added = 0;

  constructor(private readonly context: RoomContext) {}

  /** From now on, what is late is erased; until then it is only noted. */
  open(): void {
    this.isOpen = true;
    this.eraseAll();
  }

  /** To be called with each record that is applied. */
  applied(record: RoomRecord, seq: number): void {
    const isEdit = EDIT_KINDS.has(record.kind);
    if (!isEdit && record.erases.length === 0) return;
    const { decodeDetails, edits } = this.context;
    this.add(edits.erase(record.erases));
    const message = isEdit ? readEventId(decodeDetails(record).messageId)?.seq : undefined;
    if (message !== undefined && edits.add(message, seq)) this.add([seq]);
    this.added += record.erases.length + 1;
    if (this.added >= FORGET_EVERY) this.forgetTrimmed();
  }

  private add(seqs: readonly number[]): void {
    for (const seq of seqs) this.late.add(seq);
    if (this.isOpen) this.eraseAll();
  }

  private eraseAll(): void {
    for (const seq of this.late) {
      this.late.delete(seq);
      this.context.background.add(this.eraseOne(seq));
    }
  }

  private async eraseOne(seq: number): Promise<void> {
    const { clock, isClosing, observe } = this.context;
    try {
      const found = await readMessages(this.context, [seq]);
      await erase(this.context, found, { reason: "", key: "redact-edit" });
    } catch (error) {
      if (isClosing()) return;
      observe({ kind: "action_unfinished", error });
      clock.after(AGAIN_MS, () => this.add([seq]));
    }
  }

  private forgetTrimmed(): void {
    const { background, edits, log } = this.context;
    this.added = 0;
    const forgotten = log.head().then(
      ({ first }) => edits.forgetBefore(first),
      // It is tried again after as many edits.
      () => undefined,
    );
    background.add(forgotten);
  }
}
