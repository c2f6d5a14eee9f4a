/** When a release line of Node stops receiving security fixes, and the first release with those of July 2026. */
interface Line {
  readonly end: string;
  readonly fixed: readonly [minor: number, patch: number];
}

/**
 * Source: https://github.com/nodejs/Release, and Node's security releases of July 2026 (CVE-2026-56846 and
 * CVE-2026-56848: a peer can end or stall a process by HTTP/2). Odd lines have ended, or end half a year after they began.
 */
const lines: Readonly<Record<number, Line>> = {
  22: { end: "2027-04-30", fixed: [23, 2] },
  24: { end: "2028-04-30", fixed: [18, 1] },
  26: { end: "2029-04-30", fixed: [5, 1] },
};
const NEWEST_KNOWN = 26;

/** What an operator should know about the Node that runs the server; undefined: nothing. `nowMs`: ms since 1970. */
export function nodeWarning(version: string, nowMs: number): string | undefined {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const line = lines[major];
  if (!line) {
    if (major > NEWEST_KNOWN) return undefined;
    return `Node ${version} no longer receives security fixes; use Node 24`;
  }
  if (nowMs > Date.parse(line.end))
    return `Node ${version} no longer receives security fixes since ${line.end}; use a newer line`;
  const [fixedMinor, fixedPatch] = line.fixed;
  if (minor < fixedMinor || (minor === fixedMinor && patch < fixedPatch))
    return `Node ${version} lacks security fixes for HTTP/2; use ${major}.${fixedMinor}.${fixedPatch} or later`;
  return undefined;
}
