import { spawn } from "node:child_process";
import { once } from "node:events";
import { NotApplicable } from "./case.js";

/** What some cases ask of the server under test beyond the protocol. */
export const hooks = {
  "store-off": "makes the store unavailable: each call that needs it fails, and nothing is appended",
  "store-on": "makes the store available again",
  "store-copy": "keeps a copy of the store as it is now, in place of an earlier copy",
  "store-restore": "stops the server and starts it again, at the same address, on that copy",
  restart: "stops the server in an orderly way and starts it again, at the same address, on the same store",
} as const;
export type Hook = keyof typeof hooks;

/** Returns once the hook has been carried out. Throws NotApplicable if the server under test does not have it. */
export type RunHook = (hook: Hook) => Promise<void>;

/** Exit status of a command that does not have the hook: EX_UNAVAILABLE of sysexits.h. */
const NO_SUCH_HOOK = 69;

/** For a server that the suite was given without hooks. */
export const noHooks: RunHook = async (hook) => {
  throw new NotApplicable(`requires the hook ${hook}`);
};

/** Hooks as a command: it is run with the name of the hook as its last argument. */
export function hooksByCommand(command: string): RunHook {
  return async (hook) => {
    const child = spawn("sh", ["-c", `${command} "$0"`, hook], { stdio: ["ignore", "inherit", "inherit"] });
    const [code, signal] = await once(child, "exit");
    if (code === NO_SUCH_HOOK) await noHooks(hook);
    if (code !== 0) throw new Error(`the hook ${hook} ended with ${signal ?? code}`);
  };
}
