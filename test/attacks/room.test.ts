/** Attacks on the room by calls that are all well-formed, from addresses of the loopback that stand for strangers. */
import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { GapReason } from "../../gen/parlance/v1/event_pb.js";
import { login, type Person, summarize } from "../support/people.js";
import { type Arena, withstand } from "./arena.js";

/** A room in a file of its own. */
function inFile(): string[] {
  const folder = mkdtempSync(join(tmpdir(), "parlance-attack-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return ["--store", `sqlite:${join(folder, "room.db")}`];
}

/** Registers a nickname and leaves; returns its secret. */
async function registerOwner({ healthy }: Pick<Arena, "healthy">): Promise<string> {
  const { token } = await healthy.chat.login({ nickname: "olga" });
  const options = { headers: { authorization: `Bearer ${token}` } };
  const { secret } = await healthy.chat.registerNickname({}, options);
  await healthy.chat.logout({}, options);
  return secret;
}

/** The nickname under which a Login with the secret succeeded, or why it did not. */
async function enter({ chat }: Person, secret: string): Promise<string> {
  const { user } = await chat.login({ nickname: "olga", secret }).catch(() => ({ user: undefined }));
  return user?.nickname ?? "refused";
}

describe.skipIf(process.platform !== "linux")("a stranger (needs Linux)", () => {
  test("Login and Logout, 60,000 events: the first message is still there", async () => {
    let first = "";
    await withstand("Login and Logout, 60,000 events", {
      // More than the healthy sender says meanwhile, and a third of what the strangers cause.
      flags: () => [...inFile(), "--keep-events", "20000"],
      async prepare({ healthy }) {
        first = (await healthy.say("the first message")).cursor;
      },
      async check({ healthy }, attackers) {
        expect(attackers).toEqual({ events: 60_000 });
        const list = (request: { before?: string; after?: string }) =>
          healthy.chat.listEvents({ ...request, pageSize: 1 }, healthy.options);
        const earlier = await list({ before: first });
        const found = await list({ after: earlier.nextCursor });
        expect(found.gap).toBe(GapReason.UNSPECIFIED);
        expect(found.events.map(summarize)).toEqual(["healthy: the first message"]);
      },
    });
  });

  test("20,000 Logins from one address do not keep another out", async () => {
    let entered = 0;
    await withstand("20,000 Logins from one address", {
      async during({ server }) {
        const agent = new Agent({ localAddress: "127.9.9.9" });
        onTestFinished(() => agent.destroy());
        const elsewhere = createConnectTransport({
          baseUrl: server.url,
          httpVersion: "1.1",
          nodeOptions: { agent },
        });
        await (await login(elsewhere, "ada")).say("hello");
        entered++;
      },
      check(_, { "200": accepted, "429": refused }) {
        expect(entered).toBeGreaterThan(0);
        // 200 at once, and one a second.
        expect(accepted).toBeLessThanOrEqual(260);
        expect(Number(accepted) + Number(refused)).toBe(20_000);
      },
    });
  });

  test("10,000 Logins with one request_id leave 8 sessions", () =>
    withstand("10,000 Logins with one request_id", {
      flags: inFile,
      check: (_, attackers) => expect(attackers).toEqual({ tokens: 10_000, accepted: 8 }),
    }));

  test("100 loops of ListEvents spend the budget of their address, and no one else's time", () =>
    withstand("100 loops of ListEvents", {
      flags: inFile,
      async prepare({ healthy }) {
        for (let i = 0; i < 500; i++) await healthy.say("x".repeat(4_000));
      },
      check: (_, attackers) => expect(Object.keys(attackers)).toEqual(["200", "429"]),
    }));

  test("bombs of gzip are not inflated", () =>
    withstand("500 bombs of gzip", {
      check: (_, attackers) => expect(attackers).toEqual({ "429": 500 }),
    }));

  test("100,000 wrong secrets from one address: few are compared, and the owner gets in", async () => {
    let secret = "";
    await withstand("100,000 wrong secrets from one address", {
      async prepare(arena) {
        secret = await registerOwner(arena);
      },
      async check({ healthy }, { "403": compared, "429": refused }) {
        // Ten are free, and then one a second, two, four ...
        expect(Number(compared)).toBeLessThanOrEqual(20);
        expect(Number(compared) + Number(refused)).toBe(100_000);
        expect(secret).not.toBe("");
        // From here, too, the nickname is closed for as long as the delay lasts.
        await expect.poll(() => enter(healthy, secret), { timeout: 240_000, interval: 1_000 }).toBe("olga");
      },
    });
  });

  test("100,000 wrong secrets from 500 addresses keep neither the server nor the owner busy", async () => {
    let secret = "";
    await withstand("100,000 wrong secrets from 500 addresses", {
      async prepare(arena) {
        secret = await registerOwner(arena);
      },
      async check({ healthy }, { "403": compared, "429": refused }) {
        expect(Number(compared)).toBeLessThanOrEqual(500 * 20);
        expect(Number(compared) + Number(refused)).toBe(100_000);
        expect(await enter(healthy, secret)).toBe("olga");
      },
    });
  });

  test("400 secrets at once that are slow to compare: 34 are, the others wait for no one", () =>
    withstand("400 secrets at once that are slow to compare", {
      check(_, { "403": compared, "429": refused }) {
        expect(Number(compared)).toBeGreaterThan(0);
        expect(Number(compared) + Number(refused)).toBe(400);
        // Some come when others have been compared.
        expect(Number(refused)).toBeGreaterThan(200);
      },
    }));

  test("a token that is nearly right is refused like any other", () =>
    withstand("tokens that are nearly right", {
      check(_, { guesses, responses, right }) {
        expect(guesses).toBeGreaterThan(20);
        expect(responses).toEqual([expect.stringMatching(/^401 .*"unauthenticated"/)]);
        expect(right).toBe(200);
      },
    }));
});
