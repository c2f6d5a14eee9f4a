/** How the commands of the pages are run, where a reader does more than enter one and wait for its end. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readOptions } from "../../bench/options.js";
import type { Screen } from "../client/support/pty.js";
import { languages } from "../interop/languages.js";
import { readInstructions } from "../interop/readme.js";
import { root } from "./page.js";

/** Stops a program as a reader does. */
const interrupt = async (screen: Screen): Promise<void> => screen.type("\x03");

/** Messages sent by `chat`, so that none is taken for another one. */
let sent = 0;

/** Joins the room, sends a message, and leaves. */
async function chat(screen: Screen): Promise<void> {
  await screen.until("a question or a chat", (text) => /nickname|\/help/i.test(text));
  const isAsked = !screen.lines().join("\n").includes("/help");
  if (isAsked) screen.type("mia\r");
  await screen.shows("connected");
  const text = `message ${++sent} of a reader`;
  screen.type(`${text}\r`);
  await screen.shows(`: ${text}`);
  screen.type("/quit\r");
}

export interface UntilStopped {
  readonly command: RegExp;
  /** What shows that it works. */
  readonly shows: RegExp;
  /** What its reader does then, or after the page: until then others of the page need it. */
  readonly then: (screen: Screen) => Promise<void>;
  readonly isServer?: boolean;
}

/** What runs in a terminal until its reader ends it. */
export const untilStopped: readonly UntilStopped[] = [
  { command: /^(npm ci && )?npm start$/, shows: /listens on http/, then: interrupt, isServer: true },
  {
    command: /^(npx )?parlance-server(( \\\n)?\s+--\S+( [^-&\\]\S*)?)*$/,
    shows: /listens on http/,
    then: interrupt,
    isServer: true,
  },
  {
    command: /^(npm run chat( --)?|(npx )?parlance)( --?[a-z]+ \S+)*$/,
    shows: /nickname|\/help/i,
    then: chat,
  },
  { command: /^parlance tail .* -f \| grep deploy$/, shows: /deploy done/, then: interrupt },
  { command: /\/Subscribe$/, shows: /caughtUp/, then: interrupt },
  {
    command: /^(npm run build && )?npx node examples\/bot\/bot\.mjs$/,
    shows: /minute-taker/,
    then: interrupt,
  },
];

/** What runs in the background of the page's shell, and what shows that it has started. */
export const background: Readonly<Record<string, RegExp>> = {
  "npx parlance-server": /listens on http/,
  "node host.mjs secret": /http:\/\/127/,
};

/** What a reader enters in the place of what the page has, which names nothing that exists. */
export const filledIn: Readonly<Record<string, string>> = {
  "git clone REPOSITORY parlance && cd parlance && npm ci": `(
  cd && git clone -q --depth 1 file://${root} parlance && cd parlance && npm ci
)`,
  "npm install /path/to/checkout": `(
  checkout=$PWD && mkdir ~/own && cd ~/own && npm install "$checkout" && npx node -e 'import("parlance-chat/client")'
)`,
  "parlance doctor -s https://chat.example.org": "parlance doctor -s http://127.0.0.1:12231",
  "node host.mjs secret &": "node host.mjs secret $(echo 127.0.0.1:8080 | cut -d: -f2) &",
};

/** Programs that end with another code than 0, as the page shows. */
export const codes: readonly { readonly command: RegExp; readonly code: number }[] = [
  // To a person who does not exist.
  { command: /"recipient":"Alcie".* \| npx parlance --json/, code: 5 },
];

const jsonCall = (rpc: string, body: string, header = "") =>
  `curl -s http://127.0.0.1:12231/parlance.v1.ChatService/${rpc} -H 'content-type: application/json' ${header} -d '${body}'`;
const field = (name: string) => `sed 's/.*"${name}":"\\([^"]*\\)".*/\\1/'`;

const logIn = (nickname: string) =>
  `TOKEN=$(${jsonCall("Login", `{"nickname":"${nickname}"}`)} | ${field("token")})`;
const register = `PARLANCE_SECRET=$(${jsonCall("RegisterNickname", "{}", '-H "authorization: Bearer $TOKEN"')} | ${field("secret")})`;
/** A person who stays in the room. */
const isThere = (nickname: string) => `parlance tail --nick ${nickname} -n 0 -f >~/${nickname} 2>&1 &
until parlance who --nick probe | grep -q ${nickname}; do kill -0 $! && sleep 0.1 || break; done`;
/** The first file of settings in docs/operating.md. */
const settingsFile =
  "awk '/^```/ { inside = /toml/ && !seen++; next } inside' docs/operating.md >server.toml";

/** What a page, or a command, takes for granted; entered before it. */
export const given: Readonly<Record<string, string>> = {
  "docs/identity.md": `SERVER=http://127.0.0.1:12231 NICKNAME=ada
${logIn("ada")}
${register}`,
  "npx parlance-server config --config server.toml": settingsFile,
  // A server with the certificate of the page, in the place of a proxy, which test/deploy runs.
  "npx parlance who --server https://localhost --nick probe --ca /etc/ssl/parlance/fullchain.pem": `
npx parlance-server --listen "$(echo https://localhost | cut -d/ -f3)" --store memory: \\
  --tls-cert /etc/ssl/parlance/fullchain.pem --tls-key /etc/ssl/parlance/privkey.pem &
until curl -s --cacert /etc/ssl/parlance/fullchain.pem https://localhost/healthz; do kill -0 $! && sleep 0.1 || break; done`,
  // As the README installs it, on a Node that it runs on.
  "--help": "PATH=$PWD/node_modules/node/bin:$PATH && npm pack && npm install --global ./parlance-chat-*.tgz",
  'parlance send -n cron -t ada "please look at the build"': isThere("ada"),
  'parlance send -n cron -t 小明 "构建失败了，看一下"': isThere("小明"),
  "parlance-server --listen 0.0.0.0:12231 --entry invite": [
    "kill $(jobs -p); wait",
    logIn("mallory"),
    logIn("ada"),
    register,
  ].join("\n"),
  "parlance-server config --config server.toml": settingsFile,
  "parlance-server health --listen 127.0.0.1:8080": `
parlance-server --listen 127.0.0.1:8080 --store memory: --metrics 127.0.0.1:9464 &
until curl -s http://127.0.0.1:8080/healthz; do kill -0 $! && sleep 0.1 || break; done`,
  "parlance-server salvage room.db rescued.db": "cp room-backup.db room.db",
};

const text = (file: string) => readFileSync(join(root, file), "utf8");
const runsInCi = (line: string) => text(".ci/run").split("\n").includes(line);

export interface Elsewhere {
  readonly command: string | RegExp;
  /** Why it is not run here, and what is tested instead. */
  readonly reason: string;
  /** Whether that is so. */
  readonly isCovered: (command: string) => boolean;
}

/** What no test of the pages runs. */
export const elsewhere: readonly Elsewhere[] = [
  {
    command: "npm ci && npm test",
    reason: "the whole suite; .ci/run runs it in the same words",
    isCovered: runsInCi,
  },
  {
    command: /^npm run bench\b/,
    reason: "up to an hour; its options are read, and .ci/run runs the benchmark's own checks",
    isCovered: (command) => {
      readOptions(
        command
          .split(" ")
          .slice(3)
          .filter((word) => word !== "--"),
      );
      return runsInCi("npm run --silent test:bench");
    },
  },
  {
    command: /parlance completion (zsh|fish|powershell)\b/,
    reason: "for another shell; the test of completion runs it in zsh and fish, where they are installed",
    isCovered: () =>
      /zsh/.test(text("test/client/completion.test.ts")) &&
      /fish/.test(text("test/client/completion.test.ts")),
  },
  {
    command: "apt-get install -y nodejs npm git curl openssl",
    reason:
      "needs root, and changes the machine: no test runs it; .ci/run installs other packages in this way",
    isCovered: () => text(".ci/run").includes("apt-get install -y"),
  },
  {
    command: "nginx -t && systemctl reload-or-restart nginx",
    reason: "needs root; test/deploy runs nginx with this file",
    isCovered: () => text("test/deploy/support/proxies.ts").includes("nginx/parlance.conf"),
  },
  {
    command: "haproxy -c -f /etc/haproxy/haproxy.cfg && systemctl reload-or-restart haproxy",
    reason: "needs root; test/deploy runs HAProxy with this file",
    isCovered: () => text("test/deploy/support/proxies.ts").includes("haproxy/haproxy.cfg"),
  },
  {
    command: "chgrp caddy /etc/ssl/parlance/privkey.pem && chmod 640 /etc/ssl/parlance/privkey.pem",
    reason:
      "needs root, and the group of Caddy's package: no test runs it; test/deploy runs Caddy with this file",
    isCovered: () => text("test/deploy/support/proxies.ts").includes("caddy/Caddyfile"),
  },
  {
    command: /^docker (build|run|exec) /,
    reason: "needs root and a daemon; deploy/docker/try.sh does the same with the image, which .ci/run runs",
    isCovered: (command) => {
      const [, verb, ...options] = command.split(" ");
      const words = options.filter((word) => /^(-f|--read-only|--cap-drop|bin\/|deploy\/|backup)/.test(word));
      const said = text("deploy/docker/try.sh");
      return said.includes(`docker ${verb} `) && words.every((word) => said.includes(word));
    },
  },
];

/** For commands that build and start the examples. */
export const interop: Omit<Elsewhere, "command"> = {
  reason: "npm run interop takes it from the page, and .ci/run requires all languages of it",
  isCovered: () => runsInCi("npm run --silent interop -- --require python,go,java,rust,shell,browser"),
};

/** Whether `npm run interop` takes this command from the page of an example. */
export function isInInterop(page: string, command: string): boolean {
  const folder = /^examples\/([\w-]+)\/README\.md$/.exec(page)?.[1] ?? "";
  if (folder !== "browser" && !languages.some((language) => language.folder === folder)) return false;
  const { prepare, start } = readInstructions(folder);
  return [...prepare, ...start].includes(command);
}
