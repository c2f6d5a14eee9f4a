import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { createManualClock } from "../support/manual-clock.js";
import { login, personOf, refused } from "../support/people.js";
import { openServer } from "../support/server.js";

/** Callers from other addresses of the loopback network stand for people elsewhere. */
const callers = {
  "Connect, HTTP/1.1": (baseUrl: string, localAddress: string) => {
    const agent = new Agent({ keepAlive: true, localAddress, maxSockets: 20 });
    onTestFinished(() => agent.destroy());
    return createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { agent } });
  },
  "gRPC, h2c": (baseUrl: string, localAddress: string) => {
    const sessionManager = new Http2SessionManager(
      baseUrl,
      {},
      {
        createConnection: ({ hostname, port }) =>
          connect({ host: hostname, port: Number(port), localAddress }),
      },
    );
    onTestFinished(() => sessionManager.abort());
    return createGrpcTransport({ baseUrl, sessionManager });
  },
};

/** Without exempt addresses; the clock stands still, so that no budget fills up. */
async function openBudgetedServer(...flags: string[]) {
  const clock = createManualClock();
  const { url, close } = await openServer({ clock, flags: ["--exempt", "none", ...flags] });
  onTestFinished(close);
  return { url, clock };
}

describe.each(Object.entries(callers))("one address over %s", (_, from) => {
  test("1,000 Logins are refused after the burst, and another address gets in at once", async () => {
    const { url, clock } = await openBudgetedServer();
    const attacker = from(url, "127.0.0.2");
    let refusals = 0;
    for (let i = 0; i < 1_000; i += 20) {
      const some = Array.from({ length: 20 }, (_, j) => login(attacker, `eve${i + j}`));
      for (const one of await Promise.allSettled(some)) if (one.status === "rejected") refusals++;
    }
    expect(refusals).toBe(800);
    const refusal = await refused(login(attacker, "mallory"));
    expect(refusal).toMatchObject({ code: "ResourceExhausted", reason: "RATE_LIMITED" });
    expect(refusal.detail?.retryDelay).toMatchObject({ seconds: 1n });
    const ada = await login(from(url, "127.0.0.3"), "ada");
    await ada.say("hello");
    clock.advance(1_000);
    await login(attacker, "mallory");
  });

  test("a new name for each burst does not make more messages", async () => {
    const { url } = await openBudgetedServer("--rate", "10");
    const attacker = from(url, "127.0.0.2");
    let sent = 0;
    for (let i = 0; i < 60; i++) {
      const eve = await login(attacker, `eve${i}`);
      const burst = await Promise.allSettled(Array.from({ length: 12 }, (_, j) => eve.say(`${j}`)));
      sent += burst.filter(({ status }) => status === "fulfilled").length;
      await eve.chat.logout({}, eve.options);
    }
    expect(sent).toBe(500);
    await (await login(from(url, "127.0.0.3"), "ada")).say("hello");
  });

  test("a member's flood spends nothing of what those behind the same address share", async () => {
    const { url } = await openBudgetedServer("--rate", "10");
    const transport = from(url, "127.0.0.2");
    const [eve, ada] = [await login(transport, "eve"), await login(transport, "ada")];
    for (let i = 0; i < 600; i += 20)
      await Promise.allSettled(Array.from({ length: 20 }, (_, j) => eve.say(`${i + j}`)));
    await ada.say("hello");
  });

  test("reads cost their bytes", async () => {
    const { url } = await openBudgetedServer("--address-reads", "64KiB");
    const eve = await login(from(url, "127.0.0.2"), "eve");
    for (let i = 0; i < 100; i++) await eve.say("x".repeat(4_000));
    const read = () => eve.chat.listEvents({ pageSize: 500 }, eve.options);
    // A page of 256 KiB and its events cost about 400,000 of 1 MiB; the last page may overdraw.
    const crowd = await Promise.allSettled(Array.from({ length: 20 }, read));
    expect(crowd.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    expect(await refused(read())).toMatchObject({ reason: "RATE_LIMITED" });
    await eve.say("still here");
    const ada = await login(from(url, "127.0.0.3"), "ada");
    await ada.chat.listEvents({ pageSize: 500 }, ada.options);
  });

  test("so do searches, the first of which reads what it searches", async () => {
    const { url } = await openBudgetedServer("--address-reads", "64KiB");
    const eve = await login(from(url, "127.0.0.2"), "eve");
    for (let i = 0; i < 300; i++) await eve.say("x".repeat(2_000));
    const search = () => eve.chat.searchEvents({ text: "nothing" }, eve.options);
    // 600,000 for the texts that are read, of 1 MiB; then 10,000 each, and 100,000 for the newest, which are read again.
    await search();
    let searches = 1;
    while ((await Promise.allSettled([search()]))[0]?.status === "fulfilled") searches++;
    expect(searches).toBeGreaterThan(2);
    expect(searches).toBeLessThan(12);
    expect(await refused(search())).toMatchObject({ reason: "RATE_LIMITED" });
    await eve.say("still here");
  });

  test("so does Help, which needs no token", async () => {
    const { url } = await openBudgetedServer("--address-reads", "64KiB");
    const chat = createClient(ChatService, from(url, "127.0.0.2"));
    const crowd = await Promise.allSettled(Array.from({ length: 50 }, () => chat.help({})));
    // 1 MiB at once, 30,000 each.
    expect(crowd.filter(({ status }) => status === "fulfilled")).toHaveLength(34);
    expect(await refused(chat.help({}))).toMatchObject({ reason: "RATE_LIMITED" });
    await createClient(ChatService, from(url, "127.0.0.3")).help({});
  });

  test("wrong tokens are refused unread after the burst, and members behind the address are not", async () => {
    const { url } = await openBudgetedServer();
    const transport = from(url, "127.0.0.2");
    const ada = await login(transport, "ada");
    const stranger = personOf(transport, "eve", "", "wrong");
    const reasons = new Map<string, number>();
    for (let i = 0; i < 400; i++) {
      const { reason = "" } = await refused(stranger.say("hello"));
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    expect([...reasons]).toEqual([
      ["NOT_LOGGED_IN", 300],
      ["RATE_LIMITED", 100],
    ]);
    await ada.say("hello");
  });

  test("a class of 100 arrives within a second, lists, subscribes and talks", async () => {
    const { url } = await openBudgetedServer();
    const people = await Promise.all(
      Array.from({ length: 100 }, (_, i) => login(from(url, "127.0.0.2"), `pupil${i}`)),
    );
    await Promise.all(
      people.map(async (one) => {
        await one.listen({ backlog: 100 }).next("caughtUp");
        await one.chat.listUsers({ pageSize: 500 }, one.options);
        await one.chat.listEvents({ pageSize: 100 }, one.options);
        await one.say("hello");
      }),
    );
  });
});

test("behind a trusted proxy, each caller spends a budget of its own", async () => {
  const { url } = await openBudgetedServer("--trusted-proxy", "127.0.0.0/8");
  const chat = createClient(ChatService, callers["Connect, HTTP/1.1"](url, "127.0.0.2"));
  const enter = (nickname: string, caller: string) =>
    chat.login({ nickname }, { headers: { "x-forwarded-for": `6.6.6.6, ${caller}` } });
  for (let i = 0; i < 200; i++) await enter(`eve${i}`, "192.0.2.1");
  expect(await refused(enter("mallory", "192.0.2.1"))).toMatchObject({ reason: "RATE_LIMITED" });
  await enter("ada", "192.0.2.2");
});

// Broadcast takes the fast path, ToggleIgnore does not. Both ask for the token before the body and after it.
test.each(["Broadcast", "ToggleIgnore"])("%s is charged once, though its body comes late", async (rpc) => {
  const { url } = await openBudgetedServer("--address-messages", "0.2");
  const { options } = await login(callers["Connect, HTTP/1.1"](url, "127.0.0.2"), "ada");
  const authorization = new Headers(options.headers).get("authorization") ?? "";
  const body = JSON.stringify(rpc === "Broadcast" ? { text: "hello" } : { ignoring: true });
  const callLate = async () => {
    const headers = { authorization, "content-type": "application/json", "content-length": body.length };
    const call = request(`${url}/${ChatService.typeName}/${rpc}`, {
      method: "POST",
      headers,
      localAddress: "127.0.0.2",
    });
    call.flushHeaders();
    await setTimeout(100);
    call.end(body);
    const [response] = (await once(call, "response")) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  expect([await callLate(), await callLate(), await callLate()]).toEqual([200, 200, 429]);
});
