import { daemon, firstLine } from "./daemon.js";

/** No throttling, no fake lag, no history, unlimited queues, external messages to the channel allowed. */
function config(folder: string, port: number): string {
  return `
network: {name: bench}
server:
  name: irc.bench
  listeners: {"127.0.0.1:${port}": {}}
  casemapping: ascii
  enforce-utf8: true
  lookup-hostnames: false
  check-ident: false
  max-sendq: 256m
  idle-timeouts: {registration: 10m, ping: 1h, disconnect: 2h}
  ip-limits: {count: false, throttle: false}
  ip-cloaking: {enabled: false}
accounts:
  authentication-enabled: false
  registration: {enabled: false}
  multiclient: {enabled: false}
channels:
  default-modes: +t
  max-channels-per-client: 100
logging: [{method: stderr, type: "*", level: error}]
datastore: {path: ${folder}/ircd.db, autoupgrade: true}
lock-file: ${folder}/ircd.lock
languages: {enabled: false, default: en}
limits:
  nicklen: 32
  identlen: 20
  realnamelen: 150
  channellen: 64
  awaylen: 390
  kicklen: 390
  topiclen: 390
  monitor-entries: 100
  whowas-entries: 100
  chan-list-modes: 100
  registration-messages: 1024
fakelag: {enabled: false}
history: {enabled: false}
`;
}

/** The script makes the database where there is none, and then becomes the server, so that its process is the measured one. */
const start =
  '[ -e ircd.db ] || ergo initdb --quiet --conf "$1" || exit; GOMAXPROCS=1 exec ergo run --quiet --conf "$1"';

/** Ergo, an IRC server in Go. */
export const ergo = daemon(
  {
    name: "ergo",
    title: "Ergo",
    dialect: "irc",
    maxSubscribers: 1_000,
    version: () => firstLine("ergo", "--version"),
  },
  config,
  (file) => ["sh", "-c", start, "sh", file],
);
