/**
 * Those who attack, in a process of their own, so that what they cost themselves is not counted as the server's:
 * `attackers.ts ATTACK PORT`. Each address of the loopback is another person. Prints `begun`, `ready` if something may
 * be tried meanwhile, and one line of JSON at the end.
 */
import { setPriority } from "node:os";
import { callAttacks } from "./calls.js";
import { connectionAttacks } from "./connections.js";
import type { Target } from "./target.js";

// They stand for other machines, and must not compete with the server for this one's cores.
setPriority(10);

const [, , name = "", port] = process.argv;
const attack = { ...connectionAttacks, ...callAttacks }[name];
if (!attack) throw new Error(`no attack ${JSON.stringify(name)}`);
const target: Target = {
  port: Number(port),
  address: (i) => `127.1.${Math.floor(i / 250)}.${1 + (i % 250)}`,
  ready: () => process.stdout.write("ready\n"),
};
process.stdout.write("begun\n");
process.stdout.write(`${JSON.stringify(await attack(target))}\n`);
process.exit();
