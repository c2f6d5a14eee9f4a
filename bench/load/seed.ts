import type { SeedJob } from "../job.js";
import { call, connectH1, login } from "./dialects/connect-h1.js";
import { openLink } from "./link.js";
import { within } from "./wait.js";

const inFlight = 64;
const limitMs = 180_000;

/**
 * Broadcasts a message without a number, then those numbered 0 to `messages` - 1, over Connect in JSON, whatever
 * protocol is measured. Resolves with the cursor of the first.
 */
export async function seed(job: SeedJob): Promise<string> {
  const { messages, textBytes } = job;
  const open = () => openLink(job, "connectH1");
  const link = await open();
  const token = await login(link, "first");
  const response = await call(link, "Broadcast", token, { text: "first" });
  const cursor = /"cursor":"([^"]+)"/.exec(response)?.[1];
  link.drop();
  if (cursor === undefined) throw new Error("the Broadcast response has no cursor");
  await within(broadcast(open, messages, textBytes), limitMs, "the seed");
  return cursor;
}

async function broadcast(
  open: () => ReturnType<typeof openLink>,
  messages: number,
  textBytes: number,
): Promise<void> {
  let next = 0;
  let confirmed = 0;
  await new Promise<void>((resolve, reject) => {
    const failed = (why: string) => reject(new Error(why));
    const needs = { nickname: "seed", slots: inFlight, textBytes, open, failed };
    let send = (_: number) => {};
    const opening = connectH1.publisher({
      ...needs,
      confirmed(slot) {
        confirmed += 1;
        if (confirmed === messages) resolve();
        else send(slot);
      },
    });
    opening.then((publisher) => {
      send = (slot) => {
        if (next < messages) publisher.publish(slot, next++);
      };
      for (let slot = 0; slot < publisher.slots; slot += 1) send(slot);
    }, reject);
  });
}
