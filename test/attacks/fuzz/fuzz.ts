/**
 * Calls of every RPC over every protocol whose headers and bodies are generated from a seed. Whatever they are, the
 * server lives, every response is well-formed for its protocol and blames the caller, and the log stays short and in its
 * own format.
 */
import assert from "node:assert/strict";
import { createConnectTransport } from "@connectrpc/connect-node";
import { login } from "../../support/people.js";
import { startServer } from "../../support/process.js";
import { type FuzzCall, generate, TOKEN } from "./calls.js";
import { type FuzzProtocol, type Method, routes } from "./protocols.js";
import { openSender, type Sender } from "./sender.js";
import { judge, type Response } from "./verdict.js";

export interface FuzzOptions {
  /** Of each RPC over each protocol. */
  readonly calls: number;
  readonly seed: number;
  readonly progress?: (line: string) => void;
}

/** Thousands of Logins succeed, and must not keep out the member whose token the calls carry. */
const ROOMY = ["--max-members", "100000", "--idle", "30s"];
/** Routes that are tried at once. */
const AT_ONCE = 6;
/** Calls of one address: fewer than the requests that one may have refused before their end. */
const CALLS_PER_ADDRESS = 300;
/**
 * One line a minute for each reason to refuse an RPC or to abort it, of 13 RPCs with a dozen reasons each, and for each
 * kind of change to a registered nickname.
 */
const LINES_PER_MINUTE = 170;

/** Returns the number of calls; throws with the first of each kind that were not responded to as they must be. */
export async function fuzz({ calls, seed, progress = () => undefined }: FuzzOptions): Promise<number> {
  const since = performance.now();
  const server = await startServer(["--rate", "0", "--log-format", "json", ...ROOMY]);
  const port = Number(new URL(server.url).port);
  const member = createMember(server.url);
  /** By what is wrong. */
  const failures = new Map<string, string>();
  let next = 0;
  let done = 0;

  async function tryRoutes(): Promise<void> {
    while (next < routes.length) {
      const number = next++;
      const { method, protocol } = routes[number]!;
      for (let first = 0; first < calls; first += CALLS_PER_ADDRESS) {
        const batch = generate(method, protocol, Math.min(CALLS_PER_ADDRESS, calls - first), seed + first);
        const block = first / CALLS_PER_ADDRESS;
        const address = `127.${1 + (number % 200)}.${block % 250}.${1 + (Math.floor(block / 250) % 250)}`;
        await tryCalls(batch, method, protocol, address, first);
      }
      done += calls;
      progress(`${method.name} over ${protocol.name}`);
    }
  }

  async function tryCalls(
    batch: readonly FuzzCall[],
    method: Method,
    protocol: FuzzProtocol,
    address: string,
    first: number,
  ): Promise<void> {
    const sender = openSender(protocol.version, port, address);
    try {
      for (const [i, call] of batch.entries()) {
        const where = `call ${first + i} of seed ${seed}, ${method.name} over ${protocol.name}`;
        const response = await respondTo(sender, await member.sign(call), where);
        const wrong = judge(method, protocol, response);
        if (wrong && !failures.has(wrong))
          failures.set(wrong, `${where}: ${wrong}\n${describe(call, response)}`);
        if (method.name === "Logout") member.forget();
      }
    } finally {
      sender.close();
    }
  }

  try {
    await Promise.all(Array.from({ length: AT_ONCE }, tryRoutes));
    assert.equal(failures.size, 0, [...failures.values()].join("\n"));
    assert.equal(server.child.exitCode ?? server.child.signalCode, null, "the server ended");
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
    const minutes = Math.ceil((performance.now() - since) / 60_000);
    checkLog(server.output.stderr, LINES_PER_MINUTE * minutes);
    return done;
  } catch (error) {
    throw new Error(`fuzzing failed; the log:\n${server.output.stderr.slice(-4_000)}`, { cause: error });
  } finally {
    await server.stop();
  }
}

/** The one whose token the calls carry. */
function createMember(baseUrl: string) {
  const transport = createConnectTransport({ baseUrl, httpVersion: "1.1" });
  let number = 0;
  let token: Promise<string> | undefined;
  return {
    async sign(call: FuzzCall): Promise<FuzzCall> {
      token ??= login(transport, `fuzzer${number++}`).then((person) => person.token);
      const { authorization } = call.headers;
      if (authorization === undefined) return call;
      const signed = authorization.replace(TOKEN, await token);
      return { ...call, headers: { ...call.headers, authorization: signed } };
    },
    /** It may have logged out. */
    forget(): void {
      token = undefined;
    },
  };
}

/** A connection may close before a call that did not know it yet: each has a second try. */
async function respondTo(sender: Sender, call: FuzzCall, where: string): Promise<Response> {
  const limit = AbortSignal.timeout(10_000);
  const sent = async (): Promise<Response> =>
    Promise.race([
      sender.send(call),
      new Promise<never>((_, reject) => limit.addEventListener("abort", () => reject(limit.reason as Error))),
    ]);
  try {
    return await sent().catch(sent);
  } catch (error) {
    throw new Error(`${where} got no response\n${describe(call)}`, { cause: error });
  }
}

function describe({ method, path, headers, body }: FuzzCall, response?: Response): string {
  const received = response && {
    ...response,
    body: response.body.toString("latin1", 0, 500),
  };
  return JSON.stringify(
    { method, path, headers, base64: Buffer.from(body).toString("base64"), received },
    null,
    2,
  );
}

function checkLog(log: string, most: number): void {
  const lines = log.split("\n").filter((line) => line !== "");
  for (const line of lines) {
    const record = JSON.parse(line) as { level?: string; msg?: string; time?: unknown };
    assert.ok(record.level && record.msg && record.time, line);
    assert.ok(!["error", "fatal"].includes(record.level), line);
  }
  assert.ok(lines.length <= most, `${lines.length} lines:\n${log}`);
}
