import type { AddressBudget } from "./errors.js";

/**
 * What the server reports about itself while it runs: failures that no caller receives, retries, changes of state,
 * refusals, the end of each call. Log, metrics and readiness in server/ops are built on it. An observation carries no
 * text of a message, no token and no nickname.
 */
export type Observation =
  /** The store cannot be opened yet; the start waits for it. */
  | { readonly kind: "store_open_retried"; readonly error: unknown }
  /** Writes fail from here on; `reopening`: their outcome is unknown, and the file is being reopened. */
  | { readonly kind: "store_failed"; readonly error: unknown; readonly reopening: boolean }
  | { readonly kind: "store_reopen_failed"; readonly error: unknown }
  /** Writes succeed again, `downMs` after they failed. */
  | { readonly kind: "store_recovered"; readonly downMs: number }
  /**
   * A store that several processes share was not reached for `awayMs`, the length of a lease: the others may end the stays
   * of this one's members. Its feeds end.
   */
  | { readonly kind: "store_cut_off"; readonly awayMs: number }
  /** The store is reached again, `awayMs` after it was last reached. */
  | { readonly kind: "store_reached"; readonly awayMs: number }
  /** The store is used although it may lose what was acknowledged; `warning`: a sentence for the operator. */
  | { readonly kind: "store_settings_doubted"; readonly warning: string }
  /** The operator raised the format of a store that servers share; older servers are refused from here on. */
  | { readonly kind: "store_format_raised"; readonly from: number; readonly to: number }
  /** A write was refused or given up although the store has not failed: it is slower than its callers. */
  | { readonly kind: "store_overloaded"; readonly reason: "too_many" | "too_slow" }
  /** Housekeeping that is repeated later, or that the next start makes up for. */
  | { readonly kind: "store_cleanup_failed"; readonly step: StoreCleanup; readonly error: unknown }
  /**
   * Nothing ages out for `waitMs`: the wall clock jumped by `offMs` against the monotonic one, or at the start it shows
   * `offMs` more than the newest event's time.
   */
  | {
      readonly kind: "store_clock_doubted";
      readonly since: "start" | "jump";
      readonly offMs: number;
      readonly waitMs: number;
    }
  /** Events firstSeq..lastSeq cannot be read as they were written; readers get a gap. Once for each place. */
  | { readonly kind: "store_events_damaged"; readonly firstSeq: number; readonly lastSeq: number }
  /** Something else than events cannot be read because the file is damaged. Once. */
  | { readonly kind: "store_damaged"; readonly error: unknown }
  /** The write-ahead log has grown beyond its usual size; another program holds a snapshot of the store. */
  | { readonly kind: "store_log_large"; readonly bytes: number }
  /** A read of the log failed and is retried; `attempt` counts from 1. */
  | {
      readonly kind: "log_read_failed";
      readonly by: LogReading;
      readonly attempt: number;
      readonly error: unknown;
    }
  | { readonly kind: "log_read_recovered"; readonly by: LogReading; readonly attempts: number }
  /** The room's position in the log is gone; it continues after `resumeSeq`, and feeds send a gap. */
  | { readonly kind: "log_position_lost"; readonly reason: string; readonly resumeSeq: number }
  /** The log has records of a kind that this version does not know; no member sees them. Once. */
  | { readonly kind: "log_record_unknown"; readonly seq: number }
  /** A member's claim was taken over from another process that shares the store: the member reads or calls here. */
  | { readonly kind: "claim_taken_over" }
  /** A member's stay was ended whose process had died. */
  | { readonly kind: "member_reaped" }
  /** A nickname was registered, got another secret, was given up, or was not used for too long. `id`: of its owner. */
  | { readonly kind: "registration_changed"; readonly change: RegistrationChange; readonly id: string }
  /** Something about a member could not be written now; what happens instead is harmless or is retried. */
  | { readonly kind: "member_write_failed"; readonly step: MemberWrite; readonly error: unknown }
  /** What a moderator changed at another process could not be read yet; it is tried again. */
  | { readonly kind: "order_read_failed"; readonly error: unknown }
  /** An action of a moderator has begun and could not be carried out to its end; it is tried again. */
  | { readonly kind: "action_unfinished"; readonly error: unknown }
  /**
   * A moderator acted. `moderator`: member id, or empty for the operator. `target`: member id of the person concerned, or
   * empty. `reference`: id of the ban or the invite, or empty. `erased`: messages.
   */
  | {
      readonly kind: "moderated";
      readonly action: string;
      readonly moderator: string;
      readonly target: string;
      readonly reference: string;
      readonly erased: number;
    }
  /** The server ended a feed. */
  | { readonly kind: "feed_ended"; readonly reason: string }
  /** A call was refused; `reason`: of ErrorReason, or Connect's code if the request itself is at fault. */
  | ({
      readonly kind: "call_refused";
      readonly rpc: string;
      readonly reason: string;
      /** Of the caller's address, if that is what is spent. */
      readonly budget?: AddressBudget;
    } & From)
  /** The caller aborted a call, or its connection was lost. */
  | ({ readonly kind: "call_aborted"; readonly rpc: string; readonly error: unknown } & From)
  /** A call is over, whatever its outcome; a feed is one call. `code`: "ok", or as Connect writes it. */
  | {
      readonly kind: "call_ended";
      readonly rpc: string;
      readonly protocol: string;
      readonly code: string;
      readonly durationMs: number;
    }
  /** A defect of the server: an error that is no refusal. */
  | { readonly kind: "call_failed"; readonly rpc: string; readonly error: unknown }
  /** A request was forwarded by a proxy that is not trusted, so that its callers share one budget; observed once. */
  | { readonly kind: "proxy_not_trusted"; readonly address: string }
  /** Many members logged in from one address, which may be that of a proxy; observed once for each address. */
  | { readonly kind: "address_shared"; readonly address: string; readonly members: number }
  /** The port turned peers away, `count` of them since its last report; `address`: of the latest. */
  | {
      readonly kind: "peers_refused";
      readonly reason: string;
      readonly address: string;
      readonly count: number;
    }
  /** The certificate was read again; `error`: it cannot be used, and the old one stays. */
  | { readonly kind: "certificate_read"; readonly error?: unknown }
  /** The keys of an application whose access tokens are taken cannot be read; those known before go on being used. */
  | { readonly kind: "access_keys_failed"; readonly error: unknown }
  /** A worker of --processes takes calls from here on. */
  | { readonly kind: "worker_serving"; readonly worker: number; readonly pid: number }
  /** A worker ended that was not to end with the server; another one takes its place after `restartMs`. */
  | {
      readonly kind: "worker_ended";
      readonly worker: number;
      readonly pid: number;
      /** Its exit code, the signal that killed it, or why it could not start. */
      readonly how: string;
      readonly wasServing: boolean;
      readonly restartMs: number;
    }
  /** The listening socket reports an error, such as no file descriptor left. */
  | { readonly kind: "listener_failed"; readonly error: unknown };

interface From {
  /** IP address of the caller, where it is known. */
  readonly address?: string | undefined;
}

export type StoreCleanup = "checkpoint" | "close" | "rewrite" | "rollback" | "sweep";
export type LogReading = "room" | "feed";
export type RegistrationChange = "registered" | "secret_replaced" | "given_up" | "unused";
export type MemberWrite =
  | "joined"
  | "left"
  | "name_release"
  | "member_record"
  | "lease"
  | "session_renewal"
  | "session_end"
  | "registration";

/** Must not throw. */
export type Observer = (observation: Observation) => void;
