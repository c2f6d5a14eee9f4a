// Attacks by calls that are well-formed: too many of them, or with bodies that grow.
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Attack, Target } from "./target.js";

/** How long a loop goes on. */
const LOOP_MS = 6_000;
/** What one address may log in at once (`--address-logins`). */
const LOGINS_AT_ONCE = 200;

interface Outcome {
  readonly status: number;
  readonly body: string;
}

/** One connection of one person. */
class Caller {
  private constructor(private readonly session: ClientHttp2Session) {
    session.on("error", () => undefined);
  }

  static async open({ port }: Target, localAddress: string): Promise<Caller> {
    const session = connectHttp2(`http://127.0.0.1:${port}`, {
      createConnection: () => connect({ host: "127.0.0.1", port, localAddress }),
    });
    await once(session, "connect");
    return new Caller(session);
  }

  /** A unary call in Connect's JSON; status 0 if the connection ended. */
  async call(rpc: string, message: object, token = ""): Promise<Outcome> {
    return this.send(rpc, Buffer.from(JSON.stringify(message)), token);
  }

  async send(rpc: string, body: Uint8Array, token = "", more: Record<string, string> = {}): Promise<Outcome> {
    try {
      const stream = this.session.request({
        ":method": "POST",
        ":path": `/parlance.v1.ChatService/${rpc}`,
        "content-type": "application/json",
        ...(token !== "" && { authorization: `Bearer ${token}` }),
        ...more,
      });
      stream.end(body);
      const [headers] = (await once(stream, "response")) as [{ ":status": number }];
      return { status: headers[":status"], body: (await buffer(stream)).toString() };
    } catch {
      return { status: 0, body: "" };
    }
  }

  /** Returns the token; empty if it was refused. */
  async login(nickname: string, requestId = ""): Promise<string> {
    const { status, body } = await this.call("Login", { nickname, requestId });
    return status === 200 ? (JSON.parse(body) as { token: string }).token : "";
  }

  /** Opens a feed, which lets the room know of its member; it ends with the member's Logout. */
  async subscribe(token: string): Promise<void> {
    const stream = this.session.request({
      ":method": "POST",
      ":path": "/parlance.v1.ChatService/Subscribe",
      "content-type": "application/connect+json",
      authorization: `Bearer ${token}`,
    });
    // A flag, the length, and an empty request.
    stream.end(Buffer.from("\0\0\0\0\u0002{}", "latin1"));
    await once(stream, "data");
    stream.resume();
  }

  close(): void {
    this.session.destroy();
  }
}

/** `count` times, `atOnce` at a time. */
async function times(count: number, atOnce: number, one: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** By as many people as are needed for `count` logins; `one` is called with the number of a login and a person. */
async function fromMany(
  target: Target,
  count: number,
  atOnce: number,
  one: (i: number, caller: Caller) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < count; i += LOGINS_AT_ONCE) {
    const caller = await Caller.open(target, target.address(i / LOGINS_AT_ONCE));
    await times(Math.min(LOGINS_AT_ONCE, count - i), atOnce, (j) => one(i + j, caller));
    caller.close();
  }
}

/** A secret of the form that the server generates. */
const guess = (i: number) => `prl_${String(i).padStart(27, "A")}`;

function tally(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of outcomes) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

export const callAttacks: Record<string, Attack> = {
  async "Login and Logout, 60,000 events"(target) {
    let events = 0;
    await fromMany(target, 30_000, 8, async (i, caller) => {
      const token = await caller.login(`guest${i}`);
      await caller.subscribe(token);
      const { status } = await caller.call("Logout", {}, token);
      if (status === 200) events += 2;
    });
    return { events };
  },
  async "20,000 Logins from one address"(target) {
    const caller = await Caller.open(target, target.address(0));
    const outcomes: Outcome[] = [];
    await times(20_000, 16, async (i) => {
      outcomes.push(await caller.call("Login", { nickname: `eve${i}` }));
      if (i === 5_000) target.ready();
    });
    return tally(outcomes);
  },
  async "10,000 Logins with one request_id"(target) {
    const tokens: string[] = [];
    await fromMany(target, 10_000, 8, async (_, caller) => {
      tokens.push(await caller.login("twin", "0123456789abcdef0123"));
    });
    // By one that has no budget to lose by wrong tokens.
    const exempt = await Caller.open(target, "127.0.0.1");
    const accepted: string[] = [];
    await times(tokens.length, 8, async (i) => {
      const { status } = await exempt.call("ListUsers", { pageSize: 1 }, tokens[i]);
      if (status === 200) accepted.push(tokens[i]!);
    });
    return { tokens: new Set(tokens).size, accepted: accepted.length };
  },
  async "100 loops of ListEvents"(target) {
    const people = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const caller = await Caller.open(target, target.address(0));
        return { caller, token: await caller.login(`looper${i}`) };
      }),
    );
    const outcomes: Outcome[] = [];
    const since = performance.now();
    await Promise.all(
      people.map(async ({ caller, token }) => {
        while (performance.now() - since < LOOP_MS) {
          const outcome = await caller.call("ListEvents", { pageSize: 500 }, token);
          outcomes.push({ ...outcome, body: "" });
          // As fast as refusals come they would measure the attackers' own core.
          if (outcome.status !== 200) await delay(20);
        }
      }),
    );
    return tally(outcomes);
  },
  /** Of 32 MiB each, in 32 KB. */
  async "500 bombs of gzip"(target) {
    const caller = await Caller.open(target, target.address(0));
    const token = await caller.login("bomber");
    const bomb = gzipSync(Buffer.alloc(32 * 2 ** 20, " "));
    const outcomes: Outcome[] = [];
    await times(500, 8, async () => {
      outcomes.push(await caller.send("Broadcast", bomb, token, { "content-encoding": "gzip" }));
    });
    return tally(outcomes);
  },
  /** In the form of those that the server generates: it can be compared at once. */
  async "100,000 wrong secrets from one address"(target) {
    const caller = await Caller.open(target, target.address(0));
    const outcomes: Outcome[] = [];
    await times(100_000, 16, async (i) => {
      const outcome = await caller.call("Login", { nickname: "olga", secret: guess(i) });
      outcomes.push({ ...outcome, body: "" });
    });
    return tally(outcomes);
  },
  /** Each for another nickname. */
  async "100,000 wrong secrets from 500 addresses"(target) {
    const outcomes: Outcome[] = [];
    await times(500, 50, async (n) => {
      const caller = await Caller.open(target, target.address(n));
      await times(LOGINS_AT_ONCE, 4, async (i) => {
        const outcome = await caller.call("Login", { nickname: `n${n}x${i}`, secret: guess(i) });
        outcomes.push({ ...outcome, body: "" });
      });
      caller.close();
    });
    return tally(outcomes);
  },
  /** As people choose them, each from an address of its own: comparing one takes a sixth of a second of a core. */
  async "400 secrets at once that are slow to compare"(target) {
    const callers = await Promise.all(
      Array.from({ length: 400 }, (_, n) => Caller.open(target, target.address(n))),
    );
    const calls = callers.map((caller, n) =>
      caller.call("Login", { nickname: `n${n}`, secret: `correct horse ${n}` }),
    );
    const outcomes = await Promise.all(calls);
    for (const caller of callers) caller.close();
    return tally(outcomes);
  },
  /** The response of the server must not depend on how much of a token is right. */
  async "tokens that are nearly right"(target) {
    const member = await Caller.open(target, "127.0.0.1");
    const token = await member.login("olga");
    const caller = await Caller.open(target, target.address(0));
    const responses = new Set<string>();
    for (let right = 0; right < token.length; right++) {
      const other = token[right] === "A" ? "B" : "A";
      const guess = token.slice(0, right) + other + token.slice(right + 1);
      const { status, body } = await caller.call("ListUsers", {}, guess);
      responses.add(`${status} ${body}`);
    }
    const { status } = await member.call("ListUsers", {}, token);
    return { guesses: token.length, responses: [...responses], right: status };
  },
};
