import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished, test } from "vitest";
import { ModerationService } from "../../gen/parlance/v1/moderation_service_pb.js";
import { Speaking } from "../../gen/parlance/v1/room_pb.js";
import { joinRoom, login, type Person } from "../support/people.js";
import { runServer, startServer } from "../support/process.js";

const GUESTS = 200;
/** At most, whatever happens. */
const ATTACK_MS = 120_000;
/** How often a guest sends, or tries to. */
const EVERY_MS = 1_000;

/** One of the crowd: it floods, and comes back under another nickname, first from the same network, then from another. */
class Vandal {
  readonly refusals = new Map<string, number>();
  private names = 0;
  private agent: Agent;

  constructor(
    private readonly url: string,
    private readonly number: number,
  ) {
    this.agent = new Agent({ keepAlive: true, localAddress: this.address(9) });
  }

  async run(isOver: () => boolean): Promise<void> {
    let person: Person | undefined;
    while (!isOver()) {
      try {
        person ??= await this.enter();
        await person.say(`spam of ${this.number}`);
      } catch (error) {
        const { message } = error as Error;
        this.refusals.set(message, (this.refusals.get(message) ?? 0) + 1);
        person = undefined;
      }
      await delay(EVERY_MS);
    }
    this.agent.destroy();
  }

  private enter(): Promise<Person> {
    if (this.names === 2) {
      this.agent.destroy();
      this.agent = new Agent({ keepAlive: true, localAddress: this.address(10) });
    }
    const { url: baseUrl, agent } = this;
    const transport = createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { agent } });
    return login(transport, `vandal${this.number}x${++this.names}`);
  }

  private address(network: number): string {
    return `127.${network}.${Math.floor(this.number / 100)}.${1 + (this.number % 100)}`;
  }
}

test("200 guests who join, flood and come back are ended by one moderator with three commands", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parlance-crowd-"));
  const socket = join(folder, "admin");
  const server = await startServer(["--exempt", "127.0.0.1/32", "--admin-socket", socket]);
  onTestFinished(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const transport = createGrpcTransport({ baseUrl: server.url });
  const ada = await joinRoom(transport, "ada");
  await ada.chat.registerNickname({}, ada.options);
  const { code } = await runServer(["moderate", "role", "ada", "moderator", "--admin-socket", socket]);
  expect(code).toBe(0);
  const acts = createClient(ModerationService, transport);
  const feed = ada.listen();
  await feed.next("caughtUp");
  const spam = () => feed.items.filter(({ kind }) => kind.case === "groupMessage").length;

  const end = performance.now() + ATTACK_MS;
  let isOver = false;
  const vandals = Array.from({ length: GUESTS }, (_, i) => new Vandal(server.url, i));
  const running = vandals.map((vandal) => vandal.run(() => isOver || performance.now() > end));
  while (spam() < GUESTS) await feed.next("groupMessage");

  await acts.ban({ network: "127.9.0.0/16", reason: "flood" }, ada.options);
  await acts.updateRoom({ closeFor: { seconds: 600n, nanos: 0 } }, ada.options);
  await acts.updateRoom({ speaking: Speaking.REGISTERED }, ada.options);
  // What was sent before the last command is delivered by now, as the room's settings are in the same log.
  while ((await feed.next("roomChanged")).kind.value.room?.speaking !== Speaking.REGISTERED);
  const before = spam();
  // Each is removed, banned when it comes back, and refused when it comes from elsewhere.
  const TRIES = 3;
  const refusedOf = ({ refusals }: Vandal) => [...refusals.values()].reduce((sum, count) => sum + count, 0);
  const persistent = () => vandals.filter((vandal) => refusedOf(vandal) >= TRIES).length;
  await expect.poll(persistent, { timeout: ATTACK_MS }).toBe(GUESTS);
  expect(spam()).toBe(before);
  expect((await ada.chat.getRoom({})).room?.online).toBeLessThanOrEqual(GUESTS);
  await ada.say("quiet at last");
  isOver = true;
  await Promise.all(running);
  const refusals = vandals.flatMap(({ refusals }) => [...refusals.keys()]);
  expect(refusals.some((message) => message.includes("you are banned"))).toBe(true);
  expect(refusals.some((message) => /door is closed|registered nicknames may send/.test(message))).toBe(true);
  await feed.close();
}, 300_000);
