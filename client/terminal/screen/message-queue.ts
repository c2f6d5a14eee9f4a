/** Lines that wait for a frame. Bounded: what nobody takes for too long is left out, and a line says so. */

export interface MessageQueue {
  add(text: string): void;
  /** The oldest lines, one at least and up to `limit` UTF-16 units; without a limit all of them. */
  take(limit?: number): string[];
  readonly isEmpty: boolean;
  /** UTF-16 units that wait. */
  readonly length: number;
}

/** `skippedLine` stands where so many lines had to be left out because more than `maxLength` units waited. */
export function createMessageQueue(maxLength: number, skippedLine: (count: number) => string): MessageQueue {
  let queue: string[] = [];
  let length = 0;
  let skipped = 0;

  function bound(): void {
    if (length <= maxLength) return;
    let dropped = 0;
    // Half at once, so that the array is not shifted for every line.
    for (const message of queue) {
      if (length <= maxLength / 2) break;
      length -= message.length;
      dropped++;
    }
    queue = queue.slice(dropped);
    skipped += dropped;
  }

  return {
    add(text) {
      queue.push(text);
      length += text.length;
      bound();
    },
    take(limit = Number.POSITIVE_INFINITY) {
      const messages: string[] = skipped > 0 ? [skippedLine(skipped)] : [];
      skipped = 0;
      let taken = 0;
      let takenLength = 0;
      for (const message of queue) {
        if (taken > 0 && takenLength + message.length > limit) break;
        takenLength += message.length;
        taken++;
      }
      messages.push(...queue.slice(0, taken));
      queue = queue.slice(taken);
      length -= takenLength;
      return messages;
    },
    get isEmpty() {
      return queue.length === 0;
    },
    get length() {
      return length;
    },
  };
}
