/**
 * What the process that opened a store and one that it lends it to send to each other. Each frame is a batch: the calls
 * of one turn of the event loop, or what came of them, because a batch shares one write, one read and one serialization.
 */
import {
  type Entry,
  Fenced,
  Gone,
  type Position,
  PositionLost,
  type Store,
  Unavailable,
} from "../../room/ports.js";

/** What a borrower may ask of the store; watching is not among them, since every borrower is sent the hints. */
export const operations = {
  append: ({ log }: Store) => log.append,
  read: ({ log }: Store) => log.read,
  head: ({ log }: Store) => log.head,
  lease: ({ names }: Store) => names.lease,
  renew: ({ names }: Store) => names.renew,
  endLease: ({ names }: Store) => names.endLease,
  claim: ({ names }: Store) => names.claim,
  release: ({ names }: Store) => names.release,
  find: ({ names }: Store) => names.find,
  claims: ({ names }: Store) => names.claims,
  inspect: ({ names }: Store) => names.inspect,
  get: ({ values }: Store) => values.get,
  put: ({ values }: Store) => values.put,
  delete: ({ values }: Store) => values.delete,
  list: ({ values }: Store) => values.list,
} as const;

export type Operation = keyof typeof operations;
type Method<O extends Operation> = ReturnType<(typeof operations)[O]>;
export type Arguments<O extends Operation> = Parameters<Method<O>>;
export type Result<O extends Operation> = Awaited<ReturnType<Method<O>>>;

/** `id`: the borrower's, to tell its calls apart. */
export interface Call<O extends Operation = Operation> {
  readonly id: number;
  readonly operation: O;
  readonly args: Arguments<O>;
}

/** To the lender. */
export type Calls = readonly Call[];

/** Null: a hint without an entry. */
export type PushedHint = (Entry & Position) | null;
export type Outcome =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure };

/** To a borrower. Hints are the same for all borrowers, so that a frame of them is made once. */
export type Pushed = { readonly hints: readonly PushedHint[] } | { readonly outcomes: readonly Outcome[] };

/** An error as data: what a caller may depend on of those that the ports name. */
export type Failure =
  | { readonly kind: "fenced"; readonly message: string }
  | { readonly kind: "gone" }
  | { readonly kind: "lost"; readonly reason: PositionLost["reason"]; readonly resume: Position }
  | {
      readonly kind: "unavailable";
      readonly outcome: Unavailable["outcome"];
      readonly cause: string | undefined;
    }
  /** A defect of the lender. */
  | { readonly kind: "fault"; readonly message: string };

export function failureOf(error: unknown): Failure {
  if (error instanceof Gone) return { kind: "gone" };
  if (error instanceof Fenced) return { kind: "fenced", message: error.message };
  if (error instanceof PositionLost) return { kind: "lost", reason: error.reason, resume: error.resume };
  if (error instanceof Unavailable) {
    const { cause, outcome } = error;
    const text = cause instanceof Error ? cause.message : cause === undefined ? undefined : `${cause}`;
    return { kind: "unavailable", outcome, cause: text };
  }
  return { kind: "fault", message: error instanceof Error ? (error.stack ?? error.message) : `${error}` };
}

export function errorOf(failure: Failure): Error {
  switch (failure.kind) {
    case "gone":
      return new Gone();
    case "fenced":
      return new Fenced(failure.message);
    case "lost":
      return new PositionLost(failure.reason, failure.resume);
    case "unavailable":
      return new Unavailable(
        failure.outcome,
        failure.cause === undefined ? undefined : new Error(failure.cause),
      );
    case "fault":
      return new Error(`the process that opened the store failed: ${failure.message}`);
  }
}
