import type { Observation, Observer } from "../room/observer.js";
import type { Clock } from "../room/ports.js";
import type { Log, LogFields, LogLevel } from "./log.js";
import { Repeats } from "./repeats.js";

type Kind = Observation["kind"];
type Of<K extends Kind> = Extract<Observation, { readonly kind: K }>;
/** undefined: not logged. */
type Line = undefined | readonly [level: Exclude<LogLevel, "silent">, message: string, fields?: LogFields];

/**
 * How each observation is logged. error: an operator has to act. warn: something does not work as it should, and the
 * server copes. info: a change of state, and calls that did not succeed, counted. debug: what single readers do.
 */
const lines: { readonly [K in Kind]: (observation: Of<K>) => Line } = {
  store_open_retried: ({ error }) => ["warn", "the store cannot be opened yet", cause(error)],
  store_failed: ({ error, reopening }) => [
    "error",
    "the store cannot be written",
    { ...cause(error), reopening },
  ],
  store_reopen_failed: ({ error }) => ["debug", "the store cannot be reopened yet", cause(error)],
  store_recovered: ({ downMs }) => [
    "info",
    "the store can be written again",
    { down_ms: Math.round(downMs) },
  ],
  store_overloaded: ({ reason }) => ["warn", "the store is slower than its writers", { reason }],
  store_cleanup_failed: ({ step, error }) => ["warn", "store cleanup failed", { step, ...cause(error) }],
  store_clock_doubted: ({ since, offMs, waitMs }) => [
    "warn",
    since === "jump"
      ? "the wall clock jumped; no event ages out until it has been steady"
      : "the wall clock is far from the newest event's time; no event ages out yet",
    { off_s: Math.round(offMs / 1000), wait_s: Math.round(waitMs / 1000) },
  ],
  store_events_damaged: ({ firstSeq, lastSeq }) => [
    "error",
    "events in the store are damaged; readers get a gap",
    { first: firstSeq, last: lastSeq },
  ],
  store_damaged: ({ error }) => ["error", "the store is damaged", cause(error)],
  store_log_large: ({ bytes }) => [
    "warn",
    "the write-ahead log is large; another program reads the store for a long time",
    { mib: Math.round(bytes / 2 ** 20) },
  ],
  log_read_failed: ({ by, attempt, error }) => [
    attempt === 1 ? "warn" : "debug",
    "reading the log failed, retrying",
    { by, attempt, ...cause(error) },
  ],
  log_read_recovered: ({ by, attempts }) => ["info", "the log can be read again", { by, attempts }],
  log_position_lost: ({ reason, resumeSeq }) => [
    "warn",
    "events are missing from the log",
    { reason, resume_seq: resumeSeq },
  ],
  store_cut_off: ({ awayMs }) => [
    "error",
    "cut off from the store that servers share; feeds end, so that their readers go to another server",
    { away_ms: Math.round(awayMs) },
  ],
  store_reached: ({ awayMs }) => [
    "info",
    "the store that servers share is reached again",
    { away_ms: Math.round(awayMs) },
  ],
  store_settings_doubted: ({ warning }) => ["warn", warning, {}],
  store_format_raised: ({ from, to }) => ["info", "the stored format was raised", { from, to }],
  log_record_unknown: ({ seq }) => [
    "warn",
    "the log has events that only a newer version knows; they are not shown",
    { seq },
  ],
  claim_taken_over: () => undefined,
  member_reaped: () => ["debug", "a stay ended whose server is gone"],
  registration_changed: ({ change, id }) => ["info", "a registered nickname changed", { change, id }],
  member_write_failed: ({ step, error }) => [
    "warn",
    "a member's state was not written",
    { step, ...cause(error) },
  ],
  order_read_failed: ({ error }) => ["warn", "what a moderator changed could not be read yet", cause(error)],
  action_unfinished: ({ error }) => ["warn", "an action of a moderator is not finished yet", cause(error)],
  moderated: ({ action, moderator, target, reference, erased }) => [
    "info",
    "moderated",
    {
      action,
      moderator: moderator || "operator",
      ...(target && { target }),
      ...(reference && { reference }),
      ...(erased > 0 && { erased }),
    },
  ],
  feed_ended: ({ reason }) => [reason === "TOO_SLOW" ? "info" : "debug", "feed ended", { reason }],
  call_refused: ({ rpc, reason, budget }) => ["info", "calls refused", { rpc, reason, budget }],
  call_aborted: ({ rpc, error }) => ["info", "calls broken off", { rpc, ...cause(error) }],
  call_ended: () => undefined,
  call_failed: ({ rpc, error }) => [
    "error",
    "fault",
    { rpc, error: error instanceof Error ? error : String(error) },
  ],
  proxy_not_trusted: ({ address }) => [
    "warn",
    "a proxy is not trusted, so its callers share one budget; see --trusted-proxy",
    { address },
  ],
  address_shared: ({ address, members }) => [
    "warn",
    "many members share one address; if it is a proxy, name it by --trusted-proxy and let it forward the addresses of its clients; if it is a network of yours, name it by --exempt",
    { address, members },
  ],
  peers_refused: ({ reason, address, count }) =>
    reason === "untrusted_proxy"
      ? [
          "warn",
          "connections with a PROXY header refused; if they are of a proxy of yours, name it by --trusted-proxy",
          { address, count },
        ]
      : ["info", "connections or requests refused", { reason, address, count }],
  certificate_read: ({ error }) =>
    error === undefined
      ? ["info", "the certificate was read again"]
      : ["error", "the new certificate cannot be used, the old one stays", cause(error)],
  access_keys_failed: ({ error }) => [
    "error",
    "the keys of access tokens cannot be read; those known before go on being used",
    cause(error),
  ],
  worker_serving: ({ worker, pid }) => ["info", "a worker serves", { worker, pid }],
  worker_ended: ({ worker, pid, how, restartMs }) => [
    "warn",
    "a worker ended; another one takes its place",
    { worker, pid, how, restart_ms: restartMs },
  ],
  listener_failed: ({ error }) => ["error", "the listening socket failed", cause(error)],
};

/** A warning of the same kind is logged once in this time, with the number of those left out before. */
const WARN_EVERY_MS = 10_000;
/** But for this kind: workers that end again and again do so ever more slowly. */
const ALWAYS_LOGGED: Kind = "worker_ended";

export interface LogObserver {
  readonly observe: Observer;
  /** Logs what was counted and not logged yet. */
  flush(): void;
}

/** An observer that logs. What callers cause is logged once a minute and kind, with count and address. */
export function observeByLog(log: Log, clock: Pick<Clock, "monotonic" | "after">): LogObserver {
  const warned = new Map<string, { untilMs: number; leftOut: number }>();
  const repeats = new Repeats(clock);

  function warn(key: string, message: string, fields: LogFields): void {
    const last = warned.get(key);
    const now = clock.monotonic();
    if (last && now < last.untilMs) {
      last.leftOut++;
      return;
    }
    warned.set(key, { untilMs: now + WARN_EVERY_MS, leftOut: 0 });
    log.warn(message, last?.leftOut ? { ...fields, left_out: last.leftOut } : fields);
  }

  return {
    observe(observation) {
      const line = (lines[observation.kind] as (observation: Observation) => Line)(observation);
      if (!line) return;
      const [level, message, fields = {}] = line;
      const caused = causedByCallers(observation);
      if (caused)
        repeats.add(`${message} ${caused.kind}`, caused.address, (seen) =>
          log[level](message, { ...fields, ...seen }),
        );
      else if (level !== "warn" || observation.kind === ALWAYS_LOGGED) log[level](message, fields);
      else warn([observation.kind, fields.step, addressOf(observation)].join(" "), message, fields);
    },
    flush: () => repeats.flush(),
  };
}

/** What callers can cause as often as they like, and the kinds that are counted apart. */
function causedByCallers(
  observation: Observation,
): { readonly kind: string; readonly address?: string | undefined } | undefined {
  switch (observation.kind) {
    case "call_refused":
      return {
        kind: [observation.rpc, observation.reason, observation.budget].join(" "),
        address: observation.address,
      };
    case "call_aborted":
      return { kind: observation.rpc, address: observation.address };
    case "registration_changed":
      return { kind: [observation.change, observation.id].join(" ") };
    default:
      return undefined;
  }
}

/** Each of these has its own line; what reports them bounds their number. */
function addressOf(observation: Observation): string {
  return observation.kind === "address_shared" ? observation.address : "";
}

/** An expected failure in one line: its own message and that of what caused it, without a stack. */
function cause(error: unknown): LogFields {
  return { error: error instanceof Error ? error.message : String(error) };
}
