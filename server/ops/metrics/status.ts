import type { Sample } from "./samples.js";

type Row = readonly string[];

/**
 * The metrics of a server as tables for a person: of several processes, what is of each added up, and the worst of what is
 * of the whole room. `nowMs`: ms since 1970.
 */
export function renderStatus(samples: readonly Sample[], nowMs: number): string {
  const of = (name: string) => samples.filter((sample) => sample.name === name);
  const values = (name: string, labels: Record<string, string> = {}) =>
    of(name)
      .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
      .map(({ value }) => value);
  const sum = (name: string, labels: Record<string, string> = {}) =>
    values(name, labels).reduce((total, value) => total + value, 0);
  const least = (name: string) => Math.min(...values(name));
  const most = (name: string, labels?: Record<string, string>) => Math.max(0, ...values(name, labels));
  const by = (name: string, ...keys: string[]) => shown(of(name), ...keys);

  const build = of("parlance_build_info")[0]?.labels;
  const delay = (quantile: string) => ms(most("parlance_event_loop_delay_seconds", { quantile }));
  const appends = of("parlance_store_append_duration_seconds_bucket");
  const failed = of("parlance_store_append_duration_seconds_count").filter(
    ({ labels }) => labels.outcome !== "ok",
  );
  const leaseAge = most("parlance_lease_age_seconds");
  const sharing: Row[] = [
    ["lease", `renewed ${ms(leaseAge)} ago`],
    ["log", `${most("parlance_log_lag_events")} events behind`],
    ["taken over", `${sum("parlance_takeovers_total")}, ended ${sum("parlance_reaped_members_total")}`],
  ];
  const workers = sum("parlance_serving_processes");
  const replaced = sum("parlance_worker_restarts_total");
  const processes: Row[] = [["workers", `${workers} serve, ${replaced} replaced`]];
  const facts: Row[] = [
    ["server", `${build?.version ?? "?"} on Node ${build?.node ?? "?"}`],
    ["up", duration(nowMs / 1_000 - least("process_start_time_seconds"))],
    ...(of("process_start_time_seconds").length > 1 ? processes : []),
    ["ready", least("parlance_ready") === 1 ? "yes" : "no"],
    ["connections", String(sum("parlance_connections"))],
    ["members", String(most("parlance_members"))],
    ["silent members", String(sum("parlance_silent_members"))],
    ["feeds", `${sum("parlance_feeds")}: ${by("parlance_feeds", "protocol")}`],
    ["slowest reader", `${most("parlance_reader_lag_events")} events behind`],
    ["feeds ended", by("parlance_feeds_ended_total", "reason")],
    ["events", by("parlance_events_appended_total", "kind")],
    ["deliveries", String(sum("parlance_deliveries_total"))],
    ["store", least("parlance_store_writable") === 1 ? "can be written" : "cannot be written"],
    ["appends", `p50 ${quantile(appends, 0.5)}, p99 ${quantile(appends, 0.99)}`],
    ["not appended", shown(failed, "outcome")],
    // Only where servers share a store is there a lease to renew.
    ...(leaseAge > 0 ? sharing : []),
    ["refusals", by("parlance_calls_refused_total", "rpc", "reason")],
    ["over budget", by("parlance_address_refusals_total", "budget")],
    ["budgets in use", by("parlance_address_budgets", "budget")],
    ["turned away", by("parlance_peers_refused_total", "reason")],
    ["faults", String(sum("parlance_faults_total"))],
    ["event loop", `delay p50 ${delay("0.5")}, p99 ${delay("0.99")}, longest ${delay("1")}`],
    ["memory", `${Math.round(sum("process_resident_memory_bytes") / 2 ** 20)} MiB`],
    ["CPU", duration(sum("process_cpu_seconds_total"))],
  ];

  const rpcs = [
    ...new Set(of("parlance_rpc_duration_seconds_count").map(({ labels }) => labels.rpc!)),
  ].sort();
  const calls: Row[] = rpcs.map((rpc) => {
    const buckets = of("parlance_rpc_duration_seconds_bucket").filter(({ labels }) => labels.rpc === rpc);
    const all = sum("parlance_rpc_duration_seconds_count", { rpc });
    const ok = sum("parlance_rpc_duration_seconds_count", { rpc, code: "ok" });
    return [rpc, String(all), String(all - ok), quantile(buckets, 0.5), quantile(buckets, 0.99)];
  });
  const callTable =
    calls.length === 0 ? [] : ["", ...table([["rpc", "calls", "not ok", "p50", "p99"], ...calls])];
  return [...table(facts), ...callTable, ""].join("\n");
}

/** "TOO_SLOW 3, LOGGED_OUT 1", most frequent first. */
function shown(samples: readonly Sample[], ...keys: string[]): string {
  const sums = new Map<string, number>();
  for (const { labels, value } of samples) {
    const name = keys.map((key) => labels[key]).join(" ");
    sums.set(name, (sums.get(name) ?? 0) + value);
  }
  const some = [...sums].filter(([, value]) => value > 0).sort(([, one], [, other]) => other - one);
  return some.map(([name, value]) => `${name} ${value}`).join(", ") || "none";
}

/** Columns but the last padded to their widest cell. */
function table(rows: readonly Row[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join("  "),
  );
}

/** The bucket that holds the quantile, of histograms added up. */
function quantile(buckets: readonly Sample[], part: number): string {
  const counts = new Map<number, number>();
  for (const { labels, value } of buckets) {
    const bound = labels.le === "+Inf" ? Infinity : Number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  const sorted = [...counts].sort(([one], [other]) => one - other);
  const all = sorted.at(-1)?.[1] ?? 0;
  const bound = sorted.find(([, count]) => count >= all * part)?.[0];
  if (all === 0 || bound === undefined) return "-";
  return bound === Infinity ? `> ${ms(sorted.at(-2)?.[0] ?? 0)}` : `<= ${ms(bound)}`;
}

const ms = (seconds: number) =>
  seconds < 1 ? `${Number((seconds * 1_000).toPrecision(3))} ms` : `${Number(seconds.toPrecision(3))} s`;

function duration(seconds: number): string {
  const units = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
  ] as const;
  const unit = units.find(([, size]) => seconds >= 2 * size);
  return unit ? `${Math.floor(seconds / unit[1])} ${unit[0]}` : `${Number(seconds.toFixed(1))} s`;
}
