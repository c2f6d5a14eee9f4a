import type { IncomingHttpHeaders } from "node:http";

/** The longest delay of a timer in Node; it takes a longer one for 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;
const UNITS_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Removes a deadline that is too far away for a timer, 24 days: it is none. What is no deadline is left to be refused. */
export function dropFarDeadline(headers: IncomingHttpHeaders): void {
  const connect = headers["connect-timeout-ms"];
  if (typeof connect === "string" && /^\d{10}$/.test(connect) && Number(connect) > LONGEST_MS)
    delete headers["connect-timeout-ms"];
  const grpc = headers["grpc-timeout"];
  if (typeof grpc !== "string") return;
  const [, value, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(grpc) ?? [];
  if (Number(value) * (UNITS_MS[unit] ?? 0) > LONGEST_MS) delete headers["grpc-timeout"];
}
