import { Refusal } from "../errors.js";
import { NONCE_BYTES } from "../log/record.js";

const KEPT_MS = 5 * 60_000;
const MAX_RESULTS = 4_096;

interface Kept {
  readonly content: string;
  readonly result: Promise<unknown>;
  readonly untilMs: number;
}

/**
 * A member's recent results by request_id, of all RPCs that take one. A retry returns the result of the first call, which
 * may still be in progress; so it neither costs a token of the rate limit nor is refused for a state that began in
 * between. After a restart the log's idempotency keys (promise L3) take over.
 */
export class IdempotencyCache {
  private readonly kept = new Map<string, Kept>();

  /**
   * Runs `work` unless it ran before; failures are not cached. `content`: the RPC and all that it was asked for; refuses
   * with REQUEST_INVALID what was another request. `again`: the result is that of an earlier call.
   */
  async once<T>(
    requestId: string,
    content: string,
    nowMs: number,
    work: () => Promise<T>,
  ): Promise<{ result: T; again: boolean }> {
    if (requestId === "") return { result: await work(), again: false };
    const earlier = this.kept.get(requestId);
    if (earlier && earlier.untilMs >= nowMs) {
      if (earlier.content !== content) throw reusedRequestId();
      // The content names the RPC, so that this is a result of the same kind.
      return { result: (await earlier.result) as T, again: true };
    }
    const result = work();
    this.kept.delete(requestId);
    this.kept.set(requestId, { content, result, untilMs: nowMs + KEPT_MS });
    this.trim(nowMs);
    try {
      return { result: await result, again: false };
    } catch (error) {
      if (this.kept.get(requestId)?.result === result) this.kept.delete(requestId);
      throw error;
    }
  }

  /** Whether a call was noted under this key. Refuses with REQUEST_INVALID what was another request. */
  knows(requestId: string, content: string, nowMs: number): boolean {
    const earlier = requestId === "" ? undefined : this.kept.get(requestId);
    if (!earlier || earlier.untilMs < nowMs) return false;
    if (earlier.content !== content) throw reusedRequestId();
    return true;
  }

  /** Notes a call whose result is not kept. */
  note(requestId: string, content: string, nowMs: number): void {
    if (requestId === "") return;
    this.kept.delete(requestId);
    this.kept.set(requestId, { content, result: Promise.resolve(), untilMs: nowMs + KEPT_MS });
    this.trim(nowMs);
  }

  private trim(nowMs: number): void {
    for (const [oldest, { untilMs }] of this.kept) {
      if (untilMs >= nowMs && this.kept.size <= MAX_RESULTS) break;
      this.kept.delete(oldest);
    }
  }
}

/** The key under which the log remembers a call of a member; the prefix is stored, so it keeps its name. */
export function keyOf(memberId: string, requestId: string): string | undefined {
  return requestId === "" ? undefined : `say:${memberId}:${requestId}`;
}

/** What the log keeps beside a key: enough to compare a retry with the first call, and to return the same result. */
export interface Tag {
  /** Hash of the RPC and all that it was asked for. */
  readonly content: string;
  readonly nonce: Uint8Array;
  /** Member id; empty unless the call is a SendTo. */
  readonly recipientId: string;
}

export function writeTag({ content, nonce, recipientId }: Tag): string {
  return `${content}.${btoa(String.fromCharCode(...nonce))}.${recipientId}`;
}

/** Refuses with REQUEST_INVALID if the key was used with another content. A tag that a store has not is not compared. */
export function readTag(tag: string, content: string): Tag {
  if (tag === "") return { content, nonce: new Uint8Array(NONCE_BYTES), recipientId: "" };
  const [first, nonce = "", recipientId = ""] = tag.split(".");
  if (first !== content) throw reusedRequestId();
  return { content, nonce: Uint8Array.from(atob(nonce), (byte) => byte.charCodeAt(0)), recipientId };
}

function reusedRequestId(): Refusal {
  return new Refusal("REQUEST_INVALID", { field: "request_id", rule: "reused" });
}
