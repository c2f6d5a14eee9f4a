/** The example applications whose users the room lets in: examples/host. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { tieToThisProcess } from "./children.js";
import { freePort } from "./free-port.js";

const folder = join(import.meta.dirname, "../../examples/host");
const hasPython = spawnSync("python3", ["-c", "import sys; assert sys.version_info >= (3, 11)"]).status === 0;

export const hosts = [
  { name: "Node", command: [process.execPath, "host.mjs"], isThere: true },
  { name: "Python", command: ["python3", "host.py"], isThere: hasPython },
];

/** As in the settings of a room whose members they vouch for. `secret`: path of a file. */
export const accessOf = (secret: string) => [
  ...["--access-secret-file", secret],
  ...["--access-issuer", "https://shop.example.org", "--access-audience", "chat"],
];

export interface HostProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** `room`: base URL of the room that its page contains; a room that runs must know the page's origin, and so its port. */
export async function startHost(
  [program = "", ...args]: readonly string[],
  secret: string,
  { room = "http://127.0.0.1:12231", port }: { readonly room?: string; readonly port?: number } = {},
): Promise<HostProcess> {
  port ??= await freePort();
  const child = spawn(program, [...args, secret, `${port}`, room], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  tieToThisProcess(child);
  await once(child.stdout, "data");
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}
