import { spawnSync } from "node:child_process";
import { createConnectTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { login } from "../support/people.js";
import { startServer } from "../support/process.js";
import { eventually } from "../support/raw-peer.js";

/** Runs a command; undefined if it cannot be run or fails. */
function run(command: string, ...args: string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout : undefined;
}

/** Names and addresses of this run alone; a link's name has at most 15 characters. */
const SPACE = `parlance-${process.pid}`;
const [NEAR, FAR] = [`pn${process.pid}`, `pf${process.pid}`];
const NET = `10.213.${process.pid % 256}`;
const [HERE, THERE] = [`${NET}.1`, `${NET}.2`];

/** A network of two: this machine and a namespace, in which the peer is. */
function openNetwork(): boolean {
  return (
    process.platform === "linux" &&
    run("ip", "netns", "add", SPACE) !== undefined &&
    run("ip", "link", "add", NEAR, "type", "veth", "peer", "name", FAR, "netns", SPACE) !== undefined &&
    run("ip", "addr", "add", `${HERE}/24`, "dev", NEAR) !== undefined &&
    run("ip", "link", "set", NEAR, "up") !== undefined &&
    run("ip", "-n", SPACE, "addr", "add", `${THERE}/24`, "dev", FAR) !== undefined &&
    run("ip", "-n", SPACE, "link", "set", FAR, "up") !== undefined &&
    run("curl", "--version") !== undefined
  );
}

function closeNetwork(): void {
  run("ip", "netns", "del", SPACE);
  run("ip", "link", "del", NEAR);
}

test("a reader over HTTP/1.1 that vanishes without a word is gone within stall and grace", async (context) => {
  try {
    if (!openNetwork()) context.skip("needs root, network namespaces of iproute2, and curl");
    const flags = ["--grace", "1s", "--heartbeat", "1s", "--stall", "3s"];
    const server = await startServer(["--listen", `${HERE}:0`, ...flags]);
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
    const ada = await login(transport, "ada");
    const bob = await login(transport, "bob");
    const witness = bob.listen();
    // In the background of a shell, which outlives neither its namespace nor its output.
    const args = [
      ...["netns", "exec", SPACE, "sh", "-c", `${SUBSCRIBE} &`, "sh", ada.token],
      `${server.url}/parlance.v1.ChatService/Subscribe`,
    ];
    run("ip", ...args);
    const names = async () =>
      (await bob.chat.listUsers({}, bob.options)).users.map(({ nickname }) => nickname);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await names()).toContain("ada");
    // Both directions are silent from here on; no FIN, no RST.
    run("ip", "-n", SPACE, "link", "set", FAR, "down");
    // Within 10 s; without a sign of life of its own, the kernel needs a quarter of an hour.
    await eventually(async () => expect(await names()).not.toContain("ada"));
    await witness.close();
    await server.stop();
    expect(server.output.stderr).toContain("dead_peer");
  } finally {
    closeNetwork();
  }
});

const SUBSCRIBE = `printf '\\0\\0\\0\\0\\2{}' | exec curl -sN -m 60 --http1.1 -o /dev/null -H "authorization: Bearer $1" \\
  -H "content-type: application/connect+json" --data-binary @- "$2" </dev/stdin >/dev/null 2>&1`;
