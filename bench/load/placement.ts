import type { CrowdJob } from "../job.js";

/** Which of the servers of one room the subscriber or the sender at `index` connects to. */
export function serverFor<S>(
  servers: readonly [S, ...S[]],
  placement: CrowdJob["placement"],
  role: "subscriber" | "sender",
  index: number,
): S {
  const [first] = servers;
  if (placement === "spread") return servers[index % servers.length] ?? first;
  return role === "sender" ? first : (servers.at(-1) ?? first);
}
