import { expect, test } from "vitest";
import { decodeUser } from "../../wire/codec/event.js";
import { Refusal } from "../errors.js";
import { type RecordKind, readRecord } from "../log/record.js";
import type { Member } from "../members/member.js";
import type { FeedTicket } from "../verbs/subscribe.js";
import { idleMs, login, type Node, namesAt, openNodes, read } from "./test-nodes.js";

/** A generator of numbers below a bound, the same for a seed (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Who is in the room, by the log alone; throws where it breaks a promise about stays. */
function stays(events: readonly { kind: RecordKind; id: string; name: string }[]): string[] {
  const present = new Map<string, string>();
  for (const { kind, id, name } of events) {
    if (kind === "joined") {
      if (present.has(name)) throw new Error(`${name} joined twice`);
      present.set(name, id);
    } else if (![...present.values()].includes(id)) throw new Error(`${kind} of ${id}, who is not present`);
    if (kind === "left") for (const [name, holder] of present) if (holder === id) present.delete(name);
  }
  return [...present.keys()].sort();
}

test.each(Array.from({ length: 8 }, (_, i) => i + 1))(
  "whatever happens at three nodes, stays are whole and all nodes agree on them (seed %d)",
  async (seed) => {
    const below = numbers(seed);
    const { a, b, memory, pass, openNode } = await openNodes();
    const nodes = [a, b, await openNode()];
    const people: { id: string; at(node: Node): Promise<Member> }[] = [];
    const open: FeedTicket[] = [];
    const some = <T>(values: readonly T[]): T | undefined => values[below(values.length)];
    const refused = async (work: Promise<unknown>) => {
      try {
        await work;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    };
    const steps: ((node: Node) => Promise<unknown>)[] = [
      async (node) => people.push(await login(node, ["ada", "bob", "cy", "сосо", "coco"][below(5)]!)),
      async (node) => {
        const person = some(people);
        if (person) open.push((await read(node, person)).ticket);
      },
      async (node) => {
        const person = some(people);
        if (person) await node.room.broadcast(await person.at(node), "hello", "");
      },
      async (node) => {
        const person = some(people);
        if (person) await node.room.toggleIgnore(await person.at(node), undefined, "");
      },
      async (node) => {
        const person = below(3) === 0 ? some(people) : undefined;
        if (person) await node.room.logout(await person.at(node));
      },
      async () => open.splice(0, below(3)).map((ticket) => ticket.close()),
      async (node) => {
        node.cut();
        await pass(below(60_000));
        node.mend();
      },
      async () => pass(below(20_000)),
    ];
    for (let i = 0; i < 150; i++) {
      const both = [some(steps)!(some(nodes)!), some(steps)!(some(nodes)!)];
      await Promise.all(both.map(refused));
    }
    for (const ticket of open) ticket.close();
    await pass(5_000);
    const { entries } = await memory.log.read(null, 100_000);
    const events = entries
      .map(({ data }) => readRecord(data))
      .filter(({ kind }) => !kind.startsWith("ignore"));
    const inLog = stays(
      events.map((record) => ({
        kind: record.kind,
        id: record.ids[0]!,
        name: record.kind === "joined" ? decodeUser(record).nickname : "",
      })),
    );
    const announced = (await memory.names.claims()).filter((claim) => claim.announced);
    expect(announced.map(({ name }) => name).sort()).toEqual(inLog);
    for (const node of nodes) expect((await namesAt(node)).sort()).toEqual(inLog);
    await pass(3 * idleMs);
    for (const node of nodes) expect(node.room.counts()).toEqual({ members: 0, silent: 0 });
    expect(await memory.names.claims()).toEqual([]);
  },
);
