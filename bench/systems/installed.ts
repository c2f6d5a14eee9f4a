import { centrifugo } from "./centrifugo.js";
import { daemon, firstLine } from "./daemon.js";
import { ergo } from "./ergo.js";
import type { System } from "./system.js";

/** No penalties, no throttling, unlimited queues, no pings within a run, external messages to the channel allowed. */
function inspircdConfig(folder: string, port: number): string {
  return `
<server name="irc.bench" description="bench" network="bench">
<admin name="bench" nick="bench" email="bench@localhost">
<bind address="127.0.0.1" port="${port}" type="clients">
<power diepass="" restartpass="">
<connect allow="*" timeout="120" pingfreq="3600" threshold="1000000" commandrate="1000000000" fakelag="no"
  hardsendq="256M" softsendq="256M" recvq="1M" localmax="100000" globalmax="100000" maxconnwarn="no"
  limit="100000" resolvehostnames="no" useident="no">
<performance softlimit="100000" somaxconn="4096" clonesonconnect="no" quietbursts="yes">
<options defaultmodes="t" prefixquit="">
<limits maxnick="30">
<pid file="${folder}/inspircd.pid">
<path configdir="${folder}" datadir="${folder}" logdir="${folder}">
<files motd="">
`;
}

function ngircdConfig(folder: string, port: number): string {
  return `
[Global]
Name = irc.bench
Info = bench
Listen = 127.0.0.1
Ports = ${port}
MotdPhrase = bench
PidFile = ${folder}/ngircd.pid
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 30
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
[Channel]
Name = #bench
Modes = +t
`;
}

function natsConfig(_folder: string, port: number): string {
  return `
host: "127.0.0.1"
port: ${port}
max_connections: 100000
max_pending: 256MB
write_deadline: "60s"
ping_interval: "60m"
`;
}

function mosquittoConfig(_folder: string, port: number): string {
  return `
listener ${port} 127.0.0.1
allow_anonymous true
persistence false
user root
set_tcp_nodelay true
max_queued_messages 0
max_queued_bytes 0
log_type error
`;
}

/** Where a peer adds little to the others, a larger room costs only time. */
const smallRoom = 500;

/** Servers that are measured if they are installed. */
export const installed: readonly System[] = [
  daemon(
    {
      name: "inspircd",
      title: "InspIRCd",
      dialect: "irc",
      // It accepts clients once a second.
      pacedAtOnce: 400,
      version: () => firstLine("inspircd", "--version"),
    },
    inspircdConfig,
    (file) => ["inspircd", "--runasroot", "--nofork", "--nolog", "--nopid", "--config", file],
  ),
  daemon(
    {
      name: "ngircd",
      title: "ngIRCd",
      dialect: "irc",
      // Its listen backlog is ten.
      pacedAtOnce: 10,
      maxSubscribers: smallRoom,
      version: () => firstLine("ngircd", "--version"),
    },
    ngircdConfig,
    (file) => ["ngircd", "--nodaemon", "--config", file],
  ),
  daemon(
    {
      name: "nats",
      title: "nats-server",
      dialect: "nats",
      version: () => firstLine("nats-server", "--version"),
    },
    natsConfig,
    (file) => ["env", "GOMAXPROCS=1", "nats-server", "--config", file],
  ),
  daemon(
    {
      name: "mosquitto",
      title: "mosquitto, QoS 0",
      dialect: "mqtt",
      maxSubscribers: smallRoom,
      version: () => firstLine("mosquitto", "-h"),
    },
    mosquittoConfig,
    (file) => ["mosquitto", "-c", file],
  ),
  ergo,
  centrifugo,
];
