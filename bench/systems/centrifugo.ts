import { daemon, firstLine } from "./daemon.js";

/** Anonymous clients may subscribe and publish; unlimited queues, no pings within a run. */
function config(_folder: string, port: number): string {
  return JSON.stringify({
    http_server: { address: "127.0.0.1", port: String(port) },
    log: { level: "error" },
    client: { insecure: true, ping_interval: "1h", pong_timeout: "30s", queue_max_size: 2 ** 28 },
    websocket: { write_timeout: "60s" },
  });
}

/** Centrifugo with its memory engine, over WebSocket in JSON. */
export const centrifugo = daemon(
  {
    name: "centrifugo",
    title: "Centrifugo",
    dialect: "centrifugo",
    version: () => firstLine("centrifugo", "version"),
  },
  config,
  (file) => ["env", "GOMAXPROCS=1", "centrifugo", "--config", file],
  "config.json",
);
