import { expect, test } from "vitest";
import { readSamples } from "./samples.js";
import { renderStatus } from "./status.js";

const METRICS = `
# HELP parlance_build_info 1; the labels say what runs.
parlance_build_info{version="0.1.0",node="24.21.0"} 1
process_start_time_seconds 1000
process_resident_memory_bytes 104857600
process_cpu_seconds_total 12.3
parlance_ready 1
parlance_connections 7
parlance_members 3
parlance_silent_members 2
parlance_feeds{protocol="connect"} 1
parlance_feeds{protocol="grpc"} 2
parlance_feeds{protocol="grpc-web"} 0
parlance_reader_lag_events 12
parlance_feeds_ended_total{reason="TOO_SLOW"} 2
parlance_events_appended_total{kind="joined"} 3
parlance_events_appended_total{kind="group_message"} 40
parlance_deliveries_total 1234
parlance_store_writable 0
parlance_store_append_duration_seconds_bucket{le="0.001",outcome="ok"} 9
parlance_store_append_duration_seconds_bucket{le="0.005",outcome="ok"} 43
parlance_store_append_duration_seconds_bucket{le="+Inf",outcome="ok"} 43
parlance_store_append_duration_seconds_count{outcome="ok"} 43
parlance_store_append_duration_seconds_count{outcome="fenced"} 1
parlance_store_append_duration_seconds_count{outcome="unknown"} 2
parlance_lease_age_seconds 1.25
parlance_log_lag_events 3
parlance_takeovers_total 4
parlance_reaped_members_total 1
parlance_calls_refused_total{rpc="Login",reason="NICKNAME_TAKEN"} 5
parlance_address_refusals_total{budget="logins"} 4
parlance_address_refusals_total{budget="reads"} 9
parlance_address_budgets{budget="logins"} 2
parlance_address_budgets{budget="messages"} 0
parlance_peers_refused_total{reason="untrusted_proxy"} 6
parlance_faults_total 0
parlance_event_loop_delay_seconds{quantile="0.5"} 0.0001
parlance_event_loop_delay_seconds{quantile="0.99"} 0.0123
parlance_event_loop_delay_seconds{quantile="1"} 0.25
parlance_rpc_duration_seconds_bucket{le="0.001",rpc="Login",code="ok",protocol="grpc"} 1
parlance_rpc_duration_seconds_bucket{le="+Inf",rpc="Login",code="ok",protocol="grpc"} 2
parlance_rpc_duration_seconds_bucket{le="0.001",rpc="Login",code="already_exists",protocol="connect"} 5
parlance_rpc_duration_seconds_bucket{le="+Inf",rpc="Login",code="already_exists",protocol="connect"} 5
parlance_rpc_duration_seconds_count{rpc="Login",code="ok",protocol="grpc"} 2
parlance_rpc_duration_seconds_count{rpc="Login",code="already_exists",protocol="connect"} 5
`;

test("the numbers of a server, as tables", () => {
  expect(renderStatus(readSamples(METRICS), 8_000_000)).toBe(`\
server          0.1.0 on Node 24.21.0
up              116 min
ready           yes
connections     7
members         3
silent members  2
feeds           3: grpc 2, connect 1
slowest reader  12 events behind
feeds ended     TOO_SLOW 2
events          group_message 40, joined 3
deliveries      1234
store           cannot be written
appends         p50 <= 5 ms, p99 <= 5 ms
not appended    unknown 2, fenced 1
lease           renewed 1.25 s ago
log             3 events behind
taken over      4, ended 1
refusals        Login NICKNAME_TAKEN 5
over budget     reads 9, logins 4
budgets in use  logins 2
turned away     untrusted_proxy 6
faults          0
event loop      delay p50 0.1 ms, p99 12.3 ms, longest 250 ms
memory          100 MiB
CPU             12.3 s

rpc    calls  not ok  p50      p99
Login  7      5       <= 1 ms  > 1 ms
`);
});

test("a server that has served nothing yet, on a store of its own", () => {
  const status = renderStatus(readSamples("parlance_feeds 0\nparlance_lease_age_seconds 0\n"), 0);
  expect(status).toMatch(/^feeds {11}0: none$/m);
  expect(status).not.toMatch(/^lease/m);
});

test("several processes: what is of each is added up, of what is of the room the worst counts", () => {
  const metrics = `
process_start_time_seconds{process="owner"} 1000
process_start_time_seconds{process="1"} 1001
process_start_time_seconds{process="2"} 4000
process_resident_memory_bytes{process="owner"} 104857600
process_resident_memory_bytes{process="1"} 104857600
parlance_serving_processes{process="owner"} 2
parlance_worker_restarts_total{process="owner"} 1
parlance_ready{process="1"} 1
parlance_ready{process="2"} 0
parlance_store_writable{process="owner"} 1
parlance_members{process="1"} 3
parlance_members{process="2"} 3
parlance_connections{process="1"} 4
parlance_connections{process="2"} 5
parlance_feeds{protocol="grpc",process="1"} 1
parlance_feeds{protocol="grpc",process="2"} 2
parlance_reader_lag_events{process="1"} 7
parlance_reader_lag_events{process="2"} 2
parlance_lease_age_seconds{process="1"} 0.5
parlance_lease_age_seconds{process="2"} 2
parlance_event_loop_delay_seconds{quantile="1",process="1"} 0.1
parlance_event_loop_delay_seconds{quantile="1",process="2"} 0.3
`;
  const status = renderStatus(readSamples(metrics), 8_000_000);
  for (const line of [
    "up              116 min",
    "workers         2 serve, 1 replaced",
    "ready           no",
    "connections     9",
    "members         3",
    "feeds           3: grpc 3",
    "slowest reader  7 events behind",
    "store           can be written",
    "lease           renewed 2 s ago",
    "memory          200 MiB",
  ])
    expect(status.split("\n")).toContain(line);
  expect(status).toMatch(/^event loop .* longest 300 ms$/m);
});
