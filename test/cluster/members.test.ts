/** Members whose calls reach one server after the other, or whose server or store goes away. */
import type { Transport } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { readCursor } from "../../server/room/log/cursor.js";
import { expectPeace, witness } from "../faults/witness.js";
import { type Item, login, type Person, personOf, refused } from "../support/people.js";
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

const seqOf = (cursor: string) => readCursor(cursor, "").seq;

/** How many members there are from which number on, by one feed. */
function countsOf(items: readonly Item[]): { readonly seq: number; readonly count: number }[] {
  const counts: { seq: number; count: number }[] = [];
  for (const { cursor, kind } of items) {
    const before = counts.at(-1)?.count;
    if (kind.case === "caughtUp") counts.push({ seq: seqOf(cursor), count: kind.value.online });
    else if (before !== undefined && kind.case === "joined")
      counts.push({ seq: seqOf(cursor), count: before + 1 });
    else if (before !== undefined && kind.case === "left")
      counts.push({ seq: seqOf(cursor), count: before - 1 });
  }
  return counts;
}

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

  test("caught_up and what follows it count the members that ListUsers counts, while they join and leave", async () => {
    const { nodes, transports } = await startCluster();
    const observers = await Promise.all(transports.map((each, t) => login(each, `observer${t}`)));
    const feeds = observers.map((observer) => observer.listen());
    for (const feed of feeds) await feed.next("caughtUp");
    let areLeaving = true;
    const guests = transports.map(async (each, t) => {
      for (let i = 0; i < 20; i++) {
        const guest = await login(each, `guest${t}x${i}`);
        await guest.say("hello");
        if (i % 3 > 0) await guest.chat.logout({}, guest.options);
      }
    });
    const leaving = Promise.all(guests).finally(() => {
      areLeaving = false;
    });
    const counted: { readonly seq: number; readonly count: number }[] = [];
    const countAt = (cursor: string, count: number) => counted.push({ seq: seqOf(cursor), count });
    while (areLeaving)
      for (const { chat, options, listen } of observers) {
        const { cursor, totalSize } = await chat.listUsers({ pageSize: 1 }, options);
        countAt(cursor, totalSize);
        const feed = listen();
        const { cursor: at, kind } = await feed.next("caughtUp");
        countAt(at, kind.value.online);
        await feed.close();
      }
    await leaving;
    for (const node of nodes) {
      const { chat, options } = moved(observers[0]!, at(node));
      const { cursor, totalSize } = await chat.listUsers({ pageSize: 1 }, options);
      countAt(cursor, totalSize);
      expect(totalSize).toBe(observers.length + 3 * 7);
    }
    const last = seqOf((await observers[0]!.say("count now")).cursor);
    for (const feed of feeds) {
      while (seqOf(feed.cursor) < last) await feed.next("groupMessage");
      const known = countsOf(feed.items);
      const expected = counted.map(({ seq }) => ({
        seq,
        count: known.findLast((one) => one.seq <= seq)?.count,
      }));
      const start = known[0]!.seq;
      expect(counted.filter(({ seq }) => seq >= start)).toEqual(expected.filter(({ seq }) => seq >= start));
      await feed.close();
    }
    expect(counted.length).toBeGreaterThan(20);
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
