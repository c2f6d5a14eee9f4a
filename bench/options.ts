import { parseArgs } from "node:util";
import { workloads } from "./plan.js";
import { peers, quickPeers, usualPeers } from "./systems/index.js";
import { otherBuild, otherBuildOnDisk } from "./systems/parlance.js";
import type { System } from "./systems/system.js";

/** The command line, parsed. */
export interface Options {
  readonly quick: boolean;
  readonly help: boolean;
  readonly build: boolean;
  readonly check: boolean;
  readonly peers: readonly System[];
  /** Other builds of this server for the workloads on disk. */
  readonly disks: readonly System[];
  readonly rounds: number | undefined;
  /** Undefined: as each workload has them. */
  readonly subscribers: readonly number[] | undefined;
  readonly only: readonly string[];
  /** Folder for the JSON and the Markdown. */
  readonly out: string;
  /** Markdown file in which the part between the two marker comments is replaced; undefined: none. */
  readonly write: string | undefined;
}

/** The text of --help. */
export const usage = `Usage: npm run bench -- [options]

Measures this server and others on the same workloads, interleaved.

  --quick              three minutes instead of most of an hour: fewer subscribers, peers, rounds and workloads
  --peers NAMES        all, none, or some of: ${peers.map(({ name }) => name).join(", ")}
                       (default: ${usualPeers.join(", ")}; quick: ${quickPeers.join(", ")})
  --against FILE       also measure another build of this server, in memory and on disk: path of its
                       parlance-server.js
  --rounds N           rounds of each workload (default: 3; 2 where a round is long)
  --only NAMES         some of: ${workloads.join(", ")}
                       (servers: where redis-server 7 or valkey-server is installed; page: only if named, where
                       Chromium is)
  --subscribers COUNTS numbers of subscribers (default: 100,1000,5000 for the deliveries, quick: 100,1000;
                       up to 10000 for arrivals and pauses; 5000 for idle, herd and lists)
  --no-build           measure dist/ unbuilt, or the source if there is none
  --check              exit with 1 if a ratio misses its target
  --out FOLDER         folder for bench.json and bench.md (default: bench/results)
  --write FILE         also write the tables into this Markdown file, between its marker comments; the part of
                       several servers and the rest are each left as they are unless they were measured
  --help               print this
`;

function list(text: string | undefined): readonly string[] | undefined {
  return text?.split(",").filter((item) => item !== "");
}

function choosePeers(names: readonly string[]): System[] {
  if (names.includes("all")) return [...peers];
  return names
    .filter((name) => name !== "none")
    .map((name) => {
      const system = peers.find((peer) => peer.name === name);
      if (system === undefined) throw new Error(`--peers: ${name} is unknown (see --help)`);
      return system;
    });
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new Error(`--${flag}: ${text} is not a whole number from 1 to ${max}`);
  }
  return value;
}

function chooseOnly(names: readonly string[]): readonly string[] {
  const unknown = names.find((name) => !workloads.some((workload) => workload === name));
  if (unknown !== undefined) throw new Error(`--only: ${unknown} is unknown (see --help)`);
  return names;
}

/** Reads the command line. Throws an Error with one line for the user. */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      "no-build": { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      peers: { type: "string" },
      against: { type: "string" },
      rounds: { type: "string" },
      subscribers: { type: "string" },
      only: { type: "string" },
      out: { type: "string", default: "bench/results" },
      write: { type: "string" },
    },
  });
  const { quick } = values;
  const counts = list(values.subscribers)?.map((count) => wholeNumber("subscribers", count, 19_000));
  return {
    quick,
    help: values.help,
    build: !values["no-build"],
    check: values.check,
    peers: [
      ...choosePeers(list(values.peers) ?? (quick ? quickPeers : usualPeers)),
      ...(values.against === undefined ? [] : otherBuild(values.against)),
    ],
    disks: values.against === undefined ? [] : otherBuildOnDisk(values.against),
    rounds: values.rounds === undefined ? undefined : wholeNumber("rounds", values.rounds, 20),
    subscribers: counts,
    only: chooseOnly(list(values.only) ?? []),
    out: values.out,
    write: values.write,
  };
}
