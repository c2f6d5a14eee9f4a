import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A command line that runs as if typed into a terminal. */
export interface ShellProcess {
  /** Its output so far. */
  output(): string;
  /** Resolves once it printed this; rejects at the time limit, or if it exits before. */
  printed(words: string, limitMs: number): Promise<void>;
  /** Sends SIGINT as Ctrl-C does; resolves with the exit code, null if a signal ended it. */
  interrupt(): Promise<number | null>;
  /** Stops its processes, as Ctrl-Z does, until `resume()`. */
  pause(): void;
  resume(): void;
  /** Exit code of a command that exits by itself. */
  readonly ended: Promise<number | null>;
}

/** Time limit for a command to exit on SIGINT. */
const END_LIMIT_MS = 30_000;

export function runShell(line: string, cwd: string): ShellProcess {
  // A process group of its own: Ctrl-C reaches every process of the line, as in a terminal. Standard input stays open,
  // for programs that end with it.
  const child = spawn("bash", ["-c", line], { cwd, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      for (const look of listeners) look();
    });
  const ended = once(child, "close").then(([code]) => code as number | null);

  return {
    output: () => output,
    ended,
    printed: (words, limitMs) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) =>
          reject(new Error(`${why} before ${JSON.stringify(words)}: ${output.slice(-500)}`));
        const timer = setTimeout(() => fail(`nothing within ${limitMs} ms`), limitMs);
        const look = () => {
          if (!output.includes(words)) return;
          clearTimeout(timer);
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then((code) => {
          clearTimeout(timer);
          fail(`ended with ${code}`);
        });
      }),
    pause: () => signalGroup(child, "SIGSTOP"),
    resume: () => signalGroup(child, "SIGCONT"),
    async interrupt() {
      signalGroup(child, "SIGINT");
      const timer = setTimeout(() => signalGroup(child, "SIGKILL"), END_LIMIT_MS);
      const code = await ended;
      clearTimeout(timer);
      return code;
    },
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  process.kill(-child.pid, signal);
}
