/** Members whose calls reach one server after the other, or whose server or store goes away. */
import type { Transport } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { expectPeace, witness } from "../faults/witness.js";
import { login, type Person, personOf, refused } from "../support/people.js";
import { connections } from "../support/transports.js";
import { cannotRun, type ServerNode, startCluster, titled } from "./three-servers.js";

/** Past the proxy, to one server. */
function at({ url }: ServerNode): Transport {
  const { transport, cut } = connections["Connect, HTTP/1.1"](url);
  onTestFinished(cut);
  return transport;
}

/** The same person, calling another server. */
const moved = ({ nickname, id, token }: Person, transport: Transport) =>
  personOf(transport, nickname, id, token);

describe.skipIf(cannotRun)(titled("behind a proxy that sends each call to the next of three servers"), () => {
  test("a call finds what the one before it did", async () => {
    const { transports } = await startCluster();
    for (const [t, transport] of transports.entries()) {
      const { chat, options, say } = await login(transport, `ada${t}`);
      // Seven calls a round, so that each call meets each server.
      for (let i = 0; i < 20; i++) {
        const text = `message ${t} ${i}`;
        await chat.toggleIgnore({ ignoring: true }, options);
        expect(await refused(say("hello"))).toMatchObject({ reason: "IGNORING" });
        await chat.toggleIgnore({ ignoring: false }, options);
        const sent = await say(text, `request ${i}`);
        const { events } = await chat.listEvents({ pageSize: 1 }, options);
        expect(events[0]?.kind).toMatchObject({ value: { text } });
        expect((await say(text, `request ${i}`)).cursor).toBe(sent.cursor);
        const { users } = await chat.listUsers({}, options);
        expect(users.map(({ nickname }) => nickname)).toContain(`ada${t}`);
      }
    }
  });

  test("each of 40 nicknames that two ask for at once is given once, look-alikes included", async () => {
    const { transports } = await startCluster();
    const [one, two] = transports;
    for (let i = 0; i < 40; i++) {
      const other = i % 2 === 0 ? `coco${i}` : `сосо${i}`;
      const both = await Promise.allSettled([login(one, `coco${i}`), login(two, other)]);
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    }
    const retried = await Promise.all(transports.map((each) => login(each, "ada", "0123456789abcdef0123")));
    expect(new Set(retried.map(({ id }) => id)).size).toBe(1);
  });

  test("Logout ends the feed and the token at every server", async () => {
    const { nodes, transports } = await startCluster();
    for (const [i, node] of nodes.entries()) {
      const ada = await login(transports[i]!, `ada${i}`);
      const feed = moved(ada, at(node)).listen();
      await feed.next("caughtUp");
      await ada.chat.logout({}, ada.options);
      expect((await feed.next("goodbye")).kind).toMatchObject({ value: { reconnect: false } });
      for (const each of nodes)
        expect(await refused(moved(ada, at(each)).say("x"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    }
  });
});

describe.skipIf(cannotRun)(titled("of three servers"), () => {
  test("one is killed: who comes back to another has not left, who does not leaves once", async () => {
    const { nodes } = await startCluster("--grace", "3s", "--idle", "3s");
    const [dying, other] = nodes;
    const observer = await login(at(other), "observer");
    const seen = observer.listen();
    await seen.next("caughtUp");
    const [back, gone] = [await login(at(dying), "back"), await login(at(dying), "gone")];
    const feeds = [back.listen(), gone.listen()];
    for (const feed of feeds) await feed.next("caughtUp");
    await dying.stop("SIGKILL");
    const again = moved(back, at(other)).listen({ after: feeds[0]!.cursor });
    expect((await again.next("hello")).kind).toMatchObject({ value: { resumed: true } });
    // After the lease and the grace period.
    expect((await seen.next("left")).kind).toMatchObject({ value: { user: { nickname: "gone" } } });
    await moved(back, at(other)).say("still here");
    await seen.next("groupMessage");
    expect(seen.summary().filter((line) => line.startsWith("-"))).toEqual(["-gone"]);
    await Promise.all([seen.close(), again.close()]);
  });

  test("an engine that is emptied: everyone logs in again, and no old token passes", async () => {
    const { engine, nodes } = await startCluster();
    const [ada, bob] = [await witness(nodes[0].url, "ada"), await witness(nodes[1].url, "bob")];
    const silent = await login(at(nodes[2]), "silent");
    const witnesses = [ada, bob];
    await ada.session.say("kept");
    for (const { receivedLast } of witnesses) await receivedLast("ada: kept");
    await engine.command("FLUSHALL");
    for (const { receivedLast } of witnesses) await receivedLast("gap: STORE_REPLACED");
    await ada.session.say("after");
    for (const { receivedLast } of witnesses) await receivedLast("ada: after");
    await expectPeace(ada, witnesses);
    const later = ["ada: after", "ada: one", "ada: two", "ada: three"];
    for (const { received } of witnesses)
      expect(received).toEqual(["ada: kept", "gap: STORE_REPLACED", ...later]);
    for (const node of nodes)
      expect(await refused(moved(silent, at(node)).say("x"))).toMatchObject({ reason: "NOT_LOGGED_IN" });
    const { users } = await ada.session.users();
    expect(users.map(({ nickname }) => nickname)).toEqual(["ada", "bob"]);
  });
});
