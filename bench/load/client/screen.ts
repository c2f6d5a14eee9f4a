import pty from "@lydell/node-pty";
import { type Home, makeHome } from "./home.js";

/** A client in a pseudo-terminal of 80 columns and 24 rows. Nothing is drawn here: its bytes are only scanned. */
export interface Screen {
  readonly pid: number;
  write(keys: string): void;
  /** Passes every later chunk of its output to `listener`. */
  read(listener: (text: string) => void): void;
  /** Kills it and waits for its exit. */
  close(): Promise<void>;
}

export function openScreen(command: readonly string[]): Screen {
  const [file, ...args] = command;
  if (file === undefined) throw new Error("no command");
  const home: Home = makeHome();
  const child = pty.spawn(file, args, { cols: 80, rows: 24, env: home.env });
  const gone = new Promise<void>((resolve) => child.onExit(() => resolve()));
  return {
    pid: child.pid,
    write: (keys) => child.write(keys),
    read: (listener) => void child.onData(listener),
    async close() {
      child.kill("SIGKILL");
      await gone;
      home.remove();
    },
  };
}
