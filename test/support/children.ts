import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";

/**
 * Outlives whoever started it until the end of its standard input, then kills the children that are left. In a shell,
 * which starts in a millisecond and costs nothing to keep; `kill` reaches a child of any language, also a stopped one.
 */
const WATCH = `
left=
while read -r word pid; do
  others=
  for one in $left; do [ "$one" = "$pid" ] || others="$others $one"; done
  left=$others
  [ "$word" = end ] || left="$left $pid"
done
for one in $left; do kill -KILL "$one"; done
`;

let watch: Writable | undefined;

/** The one watcher of this process. The kernel closes its pipe however this process ends, `kill -9` included. */
function watcher(): Writable {
  if (watch) return watch;
  // In a session of its own, or Ctrl-C and a killed process group would take it along.
  const child = spawn("sh", ["-c", WATCH], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  child.unref();
  watch = child.stdin;
  // It holds nothing up; where it cannot be started, children are left behind as before.
  if ("unref" in watch && typeof watch.unref === "function") watch.unref();
  watch.on("error", () => {});
  child.on("error", () => {});
  return watch;
}

/** Sees to it that a child does not outlive this process, however this process ends. */
export function tieToThisProcess<C extends ChildProcess>(child: C): C {
  const { pid } = child;
  if (pid === undefined) return child;
  const tell = watcher();
  tell.write(`start ${pid}\n`);
  child.once("exit", () => tell.write(`end ${pid}\n`));
  return child;
}
