/** A reader who has a fresh clone, an empty home and a machine of their own, and enters what a page says. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { openScreen, type Screen } from "../client/support/pty.js";
import { tieToThisProcess } from "../support/children.js";
import { freePort } from "../support/free-port.js";
import { type Page, root, trackedFiles } from "./page.js";

const run = promisify(execFile);

/** Allows for a busy machine: packing and installing are the longest. */
const LIMIT_MS = 120_000;
const SCREEN_LIMIT_MS = 30_000;
/** Addresses on the pages, which may be in use on this machine: 443 is that of a proxy. */
const ADDRESSES = ["127.0.0.1:12231", "127.0.0.1:8080", "127.0.0.1:9464", "https://localhost"];
/** Other machines and their networks, which are this one here. */
const MACHINES = /\b(0\.0\.0\.0|192\.168\.1\.\d+)(:12231)?\b/g;
/** Folders of the system that commands of pages write to. */
const SYSTEM_FOLDER = /(?<![\w./-])\/(etc|opt|var\/lib|backups)(?![\w-])/g;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Reader {
  /** A command as a page has it, in the shell of the page: what one sets, the next ones use. */
  enter(command: string): Promise<Ran>;
  /** The same in a terminal, with the folder and the variables of the shell. */
  open(command: string): Promise<Screen>;
  /** What a command that runs in the background has printed since. */
  printed(ran: Ran): string;
  close(): Promise<void>;
}

/** Copies the tracked files, as they are, and installs what they need: a clone after `npm ci`. */
export async function clone(to: string): Promise<void> {
  for (const file of trackedFiles()) cpSync(join(root, file), join(to, file), { recursive: true });
  // Rejects with what npm printed.
  await run("npm", ["ci", "--prefer-offline"], { cwd: to, env: personal() });
}

/** The variables of the person, without what npm and vitest add for the programs that they run. */
function personal(): Record<string, string> {
  const path = (process.env.PATH ?? "")
    .split(delimiter)
    .filter((entry) => !/node_modules|node-gyp/.test(entry));
  const foreign = /^(npm_|PARLANCE_|XDG_|VITEST|NODE_ENV$|TEST$|INIT_CWD$)/;
  const own = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !foreign.test(name),
  );
  return { ...(Object.fromEntries(own) as Record<string, string>), PATH: path.join(delimiter) };
}

/** Programs that change the machine: no command of a page may reach them here. */
const FORBIDDEN = [
  "apt",
  "apt-get",
  "caddy",
  "certbot",
  "chgrp",
  "chown",
  "docker",
  "haproxy",
  "nginx",
  "sudo",
];

/** Substitutes for programs of the reader's machine. */
const standIns = (machine: string): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(FORBIDDEN.map((name) => [name, "echo not in a test >&2; exit 1"])),
  // The clone has been installed already.
  npm: `[ "$*" = ci ] && [ -d node_modules ] && exit 0
PATH=\${PATH//${machine}\\/bin:/} exec npm "$@"`,
  // Where there is systemd, it reads the unit and what the page adds to it. Then starts what the unit says, with its
  // variables.
  systemctl: `unit=${machine}/etc/systemd/system/parlance.service
case "$*" in
  "enable --now parlance" | "restart parlance")
    ! systemd-analyze verify "$unit" 2>&1 | grep -F "$unit" >&2 || exit 1
    [ ! -e ${machine}/pid ] || kill "$(cat ${machine}/pid)"
    variables=$(sed -n 's/^Environment=//p' "$unit" | sed 's#%S#${machine}/var/lib#')
    program=$(sed -n 's/^ExecStart=//p' "$unit" | sed -E 's#(^| )/#\\1${machine}/#g')
    env $variables PARLANCE_LISTEN=127.0.0.1:0 $program >${machine}/log 2>&1 &
    echo $! >${machine}/pid
    until grep -q "listens on" ${machine}/log; do kill -0 $! && sleep 0.1 || exit 1; done ;;
esac`,
  journalctl: `cat ${machine}/log`,
});

/** Folders that packages of the system make, and the stand-ins. */
function prepare(machine: string): void {
  const etc = ["nginx/conf.d", "haproxy", "caddy", "systemd/system"].map((folder) => `etc/${folder}`);
  for (const folder of [...etc, "opt", "var/lib/parlance", "home", "bin"])
    mkdirSync(join(machine, folder), { recursive: true });
  for (const [name, script] of Object.entries(standIns(machine))) {
    const file = join(machine, "bin", name);
    writeFileSync(file, `#!/bin/bash\n${script}\n`);
    chmodSync(file, 0o755);
  }
}

/** `folder`: where the page's commands are entered. `machine`: a new folder. */
export async function openReader(checkout: string, folder: string, machine: string): Promise<Reader> {
  prepare(machine);
  const home = join(machine, "home");
  const free = await Promise.all(ADDRESSES.map(() => freePort()));
  const mine = ADDRESSES.map((address, i) => `${address.replace(/:\d+$/, "")}:${free[i]}`);
  const here = (text: string) =>
    ADDRESSES.reduce(
      (all, address, i) => all.replaceAll(address, mine[i]!),
      text.replace(MACHINES, ADDRESSES[0]!),
    ).replace(SYSTEM_FOLDER, `${machine}/$1`);
  const own = personal();
  const env = {
    ...own,
    PATH: [join(machine, "bin"), join(home, "npm/bin"), own.PATH].join(delimiter),
    HOME: home,
    LANG: "en_US.UTF-8",
    TERM: "xterm-256color",
    npm_config_cache: join(process.env.HOME ?? "", ".npm"),
    npm_config_prefix: join(home, "npm"),
    // What the pages leave out, because it is the default.
    PARLANCE_LISTEN: mine[0]!,
    PARLANCE_SERVER: `http://${mine[0]}`,
  };
  const bash = spawn("bash", ["--noprofile", "--norc", "-a"], {
    cwd: join(checkout, folder),
    env,
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  tieToThisProcess(bash, { group: true });
  const codes = createInterface(bash.stdout)[Symbol.asyncIterator]();
  const screens: Screen[] = [];
  let count = 0;

  async function enter(command: string): Promise<Ran & { readonly file: string }> {
    const file = join(machine, `step-${++count}`);
    writeFileSync(file, `${here(command)}\n`);
    bash.stdin.write(`. ${file} </dev/null >${file}.out 2>${file}.err; echo $?\n`);
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`no end within ${LIMIT_MS} ms: ${command}`)), LIMIT_MS).unref();
    });
    const { value } = await Promise.race([codes.next(), late]);
    const [stdout, stderr] = ["out", "err"].map((end) => readFileSync(`${file}.${end}`, "utf8"));
    return { code: Number(value), stdout: stdout!, stderr: stderr!, file };
  }

  return {
    enter,
    printed: (ran) => {
      const { file } = ran as Awaited<ReturnType<typeof enter>>;
      return readFileSync(`${file}.out`, "utf8") + readFileSync(`${file}.err`, "utf8");
    },
    async open(command) {
      const { stdout } = await enter("pwd; env -0");
      const [, cwd, variables] = /^(.*)\n([\s\S]*)$/.exec(stdout)!;
      const pairs = variables!.split("\0").map((pair) => /^([^=]+)=([\s\S]*)$/.exec(pair)?.slice(1));
      const screen = openScreen({
        file: "bash",
        args: ["-c", here(command)],
        cwd: cwd!,
        columns: 120,
        env: Object.fromEntries(pairs.filter((pair) => pair !== undefined)),
        limitMs: SCREEN_LIMIT_MS,
      });
      screens.push(screen);
      return screen;
    },
    async close() {
      for (const screen of screens) await screen[Symbol.asyncDispose]();
      // All that runs in the background is in the group of the shell, which waits for it.
      await enter('trap : TERM; kill 0; while [ -n "$(jobs -pr)" ]; do wait; done');
      bash.stdin.end();
      await once(bash, "exit");
    },
  };
}

/** Where the commands of a page are entered. */
export const folderOf = ({ path, prose }: Page): string =>
  /\bIn this folder\b/.test(prose) ? dirname(path) : ".";
