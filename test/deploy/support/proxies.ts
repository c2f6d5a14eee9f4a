// The three proxies as an operator runs them: their own programs, on the files of deploy/.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Certificate } from "../../support/certificates.js";
import { tieToThisProcess } from "../../support/children.js";
import { freePort } from "../../support/free-port.js";
import { type Edits, fileWith } from "./files.js";

/** How to run one kind of proxy. */
export interface Kind {
  /** What is tested. */
  readonly title: string;
  /** The program. */
  readonly name: "nginx" | "haproxy" | "caddy";
  /** Whether the server has the certificate, and the proxy passes TLS on. */
  readonly passesTls: boolean;
  /** Edits that make it give up on a silent feed after 2 s. */
  readonly shortIdle: Edits;
  /** Whether a reload ends open feeds after a second; otherwise they go on with the old configuration. */
  readonly reloadEndsFeeds: boolean;
  /** Its configuration for a test. */
  configure(place: Place, edits: Edits): string;
  /** The command that runs it in the foreground. */
  command(config: string): string[];
  reload(config: string, child: ChildProcess, env: NodeJS.ProcessEnv): Promise<unknown>;
}

/** Where a proxy of a test is, and what is behind it. */
interface Place {
  readonly folder: string;
  readonly port: number;
  /** HOST:PORT of each server. */
  readonly servers: readonly string[];
  readonly certificate: Certificate;
}

/** A file of deploy/, and the servers that it names, in order. */
interface Written {
  readonly title: string;
  readonly file: string;
  readonly servers: readonly string[];
}

const ONE = ["127.0.0.1:12231"];
const THREE = ["10.0.0.11:12231", "10.0.0.12:12231", "10.0.0.13:12231"];

/** Puts the servers of a test in the place of those that the file names. */
function naming(written: readonly string[], servers: readonly string[]): Edits {
  return written.map((address, i) => [address, servers[i]!] as const);
}

/** Around files for conf.d, what Debian's nginx.conf has; a reload ends feeds after 1 s. */
function nginxMain(folder: string, sites: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return [
    ...(process.getuid?.() === 0 ? ["user root;"] : []),
    "worker_processes 1;",
    "worker_shutdown_timeout 1s;",
    `pid ${folder}/nginx.pid;`,
    "events { worker_connections 256; }",
    "http {",
    "access_log off;",
    ...temporary.map((name) => `${name}_temp_path ${folder}/${name};`),
    sites,
    "}",
  ].join("\n");
}

const runNginx: Pick<Kind, "reloadEndsFeeds" | "command" | "reload"> = {
  reloadEndsFeeds: true,
  command: (config) => ["nginx", "-c", config, "-e", "stderr", "-g", "daemon off;"],
  reload: async (_config, child) => child.kill("SIGHUP"),
};

const nginxOf = ({ title, file, servers: written }: Written): Kind => ({
  title,
  name: "nginx",
  passesTls: false,
  shortIdle: [
    ["_read_timeout 5m;", "_read_timeout 2s;"],
    ["_read_timeout  5m;", "_read_timeout 2s;"],
  ],
  ...runNginx,
  configure: ({ folder, port, servers, certificate }, edits) =>
    nginxMain(
      folder,
      fileWith(file, [
        ["listen 443", `listen 127.0.0.1:${port}`],
        ["chat.example.org", "localhost"],
        ["/etc/ssl/parlance/fullchain.pem", certificate.cert],
        ["/etc/ssl/parlance/privkey.pem", certificate.key],
        ...naming(written, servers),
        ...edits,
      ]),
    ),
});

/** nginx with a server block of a test's own. */
export const nginxWith = (server: (place: Place) => string): Kind => ({
  title: "nginx",
  name: "nginx",
  passesTls: false,
  shortIdle: [],
  ...runNginx,
  configure: (place) => nginxMain(place.folder, server(place)),
});

const runHaproxy: Pick<Kind, "name" | "reloadEndsFeeds" | "shortIdle" | "command" | "reload"> = {
  name: "haproxy",
  reloadEndsFeeds: true,
  shortIdle: [
    ["timeout client 5m", "timeout client 2s"],
    ["timeout server 5m", "timeout server 2s"],
  ],
  command: (config) => ["haproxy", "-W", "-f", config],
  reload: async (_config, child) => child.kill("SIGUSR2"),
};

const haproxyOf = ({ title, file, servers: written }: Written): Kind => ({
  title,
  passesTls: false,
  ...runHaproxy,
  configure({ folder, port, servers, certificate: { cert, key } }, edits) {
    const both = join(folder, "haproxy.pem");
    writeFileSync(both, readFileSync(cert, "utf8") + readFileSync(key, "utf8"), { mode: 0o600 });
    return fileWith(file, [
      ["bind :443", `bind 127.0.0.1:${port}`],
      ["hard-stop-after 1m", "hard-stop-after 1s"],
      ["/etc/ssl/parlance/haproxy.pem", both],
      ...naming(written, servers),
      ...edits,
    ]);
  },
});

const haproxy = haproxyOf({ title: "deploy/haproxy", file: "deploy/haproxy/haproxy.cfg", servers: ONE });

const haproxyPassthrough: Kind = {
  title: "deploy/haproxy/passthrough.cfg",
  passesTls: true,
  ...runHaproxy,
  configure: ({ port, servers }, edits) =>
    fileWith("deploy/haproxy/passthrough.cfg", [
      ["bind :443", `bind 127.0.0.1:${port}`],
      ["hard-stop-after 1m", "hard-stop-after 1s"],
      ...naming(ONE, servers),
      ...edits,
    ]),
};

/** That of deploy/haproxy, naming people by PROXY headers in place of X-Forwarded-For, over HTTP/1.1 and h2c. */
export const haproxyWithHeaders: Kind = {
  ...haproxy,
  title: "HAProxy with PROXY headers",
  configure: (place, edits) =>
    haproxy.configure(place, [
      ["    option forwardfor\n", ""],
      [`server local ${place.servers[0]}`, `server local ${place.servers[0]} send-proxy-v2`],
      ...edits,
    ]),
};

/** The last line of the site: what is not gRPC. */
const CADDY_LAST = `reverse_proxy {$PARLANCE_UPSTREAM:${ONE[0]}}`;

const caddyOf = ({ title, file, servers: written }: Written): Kind => ({
  title,
  name: "caddy",
  passesTls: false,
  reloadEndsFeeds: false,
  shortIdle: [
    [`${CADDY_LAST}\n}`, `${CADDY_LAST} {\n\t\ttransport http {\n\t\t\tread_timeout 2s\n\t\t}\n\t}\n}`],
  ],
  configure({ folder, port, servers, certificate }, edits) {
    // Port 80, where Caddy redirects to HTTPS, and the port of its own API may be taken.
    const options = `{\n\tauto_https disable_redirects\n\tadmin unix/${folder}/admin.sock\n}\n`;
    return (
      options +
      fileWith(file, [
        ...edits,
        ["{$PARLANCE_SITE:chat.example.org} {", `https://localhost:${port} {\n\tbind 127.0.0.1`],
        ["# tls /etc", "tls /etc"],
        ["/etc/ssl/parlance/fullchain.pem", certificate.cert],
        ["/etc/ssl/parlance/privkey.pem", certificate.key],
        ...naming(written, servers),
      ])
    );
  },
  command: (config) => ["caddy", "run", "--adapter", "caddyfile", "--config", config],
  // As Debian's unit does.
  reload: (config, _child, env) =>
    promisify(execFile)("caddy", ["reload", "--adapter", "caddyfile", "--config", config, "--force"], {
      env,
    }),
});

export const kinds: readonly Kind[] = [
  nginxOf({ title: "deploy/nginx", file: "deploy/nginx/parlance.conf", servers: ONE }),
  haproxy,
  haproxyPassthrough,
  caddyOf({ title: "deploy/caddy", file: "deploy/caddy/Caddyfile", servers: ONE }),
];

/** In front of three servers. */
export const haproxyCluster = haproxyOf({
  title: "deploy/haproxy/cluster.cfg",
  file: "deploy/haproxy/cluster.cfg",
  servers: THREE,
});
export const clusterKinds: readonly Kind[] = [
  nginxOf({ title: "deploy/nginx/cluster.conf", file: "deploy/nginx/cluster.conf", servers: THREE }),
  haproxyCluster,
  caddyOf({
    title: "deploy/caddy/cluster.Caddyfile",
    file: "deploy/caddy/cluster.Caddyfile",
    servers: THREE,
  }),
];

export interface RunningProxy {
  /** As a client names it: over TLS, on localhost. */
  readonly url: string;
  readonly certificate: Certificate;
  /** The certificate's text, for a client to trust. */
  readonly ca: string;
  reload(): Promise<unknown>;
  /** Kills it with all its connections, and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a proxy in front of the servers at `serverUrls`, as many as its file names; resolves when it accepts
 * connections. `certificate`: that its clients see; it removes `folder` when it stops.
 */
export async function startProxy(
  kind: Kind,
  serverUrls: readonly string[],
  folder: string,
  certificate: Certificate,
  edits: Edits = [],
): Promise<RunningProxy> {
  const port = await freePort();
  const config = join(folder, "config");
  writeFileSync(
    config,
    kind.configure({ folder, port, servers: serverUrls.map((url) => new URL(url).host), certificate }, edits),
  );
  const env = { PATH: process.env.PATH, HOME: folder };
  const [command = "", ...args] = kind.command(config);
  const chunks: string[] = [];

  async function launch(): Promise<ChildProcess> {
    // In a group of its own: the processes that it starts end with it.
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    tieToThisProcess(child, { group: true });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => chunks.push(`${chunk}`));
    await accepts(port, child).catch((error: Error) => {
      throw new Error(`${error.message}: ${chunks.join("")}`);
    });
    return child;
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    process.kill(-child.pid!, "SIGKILL");
    await exited;
  }

  let child = await launch();
  return {
    url: `https://localhost:${port}`,
    certificate,
    ca: certificate.ca.toString(),
    reload: () => kind.reload(config, child, env),
    async restart() {
      await kill();
      child = await launch();
    },
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function accepts(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
    const socket = connect(port, "127.0.0.1");
    const open = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "close").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await delay(50);
  }
  throw new Error("it accepts no connection");
}
