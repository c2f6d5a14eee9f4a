import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";

/**
 * Runs until the end of its standard input, thus longer than the process that started it, then kills the remaining
 * children. A shell starts in a millisecond and uses little memory; `kill` works on any child, also a stopped one.
 */
const WATCH = `
left=
while read -r word pid; do
  others=
  for one in $left; do [ "$one" = "$pid" ] || others="$others $one"; done
  left=$others
  [ "$word" = end ] || left="$left $pid"
done
for one in $left; do kill -s KILL -- "$one"; done
`;

let watch: Writable | undefined;

/** The one watcher of this process. The kernel closes its pipe however this process ends, including `kill -9`. */
function watcher(): Writable {
  if (watch) return watch;
  // In a session of its own: otherwise Ctrl-C and a kill of the process group would end it, too.
  const child = spawn("sh", ["-c", WATCH], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  child.unref();
  watch = child.stdin;
  // It does not keep this process alive; if it cannot be started, children may be left behind.
  if ("unref" in watch && typeof watch.unref === "function") watch.unref();
  watch.on("error", () => {});
  child.on("error", () => {});
  return watch;
}

/**
 * Makes a child end with this process, however this process ends. `group`: with its own children; it must have been
 * started `detached`, as the leader of its group.
 */
export function tieToThisProcess<C extends ChildProcess>(child: C, { group = false } = {}): C {
  const { pid } = child;
  if (pid === undefined) return child;
  const target = group ? -pid : pid;
  const pipe = watcher();
  pipe.write(`start ${target}\n`);
  child.once("exit", () => pipe.write(`end ${target}\n`));
  return child;
}
