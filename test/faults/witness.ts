/** A member that stays connected by the client library, whatever happens to the server, and notes what it received. */
import { expect, onTestFinished } from "vitest";
import { connect, type Session } from "../../client/session/index.js";

export interface Witness {
  readonly session: Session;
  /** Messages and gaps, in short. */
  readonly received: string[];
  /** Connections that were lost, or attempts that failed. */
  lost: number;
  receivedLast(line: string): Promise<void>;
}

/** Connects until the running test is finished; resolves when the feed is live. */
export async function witness(server: string, nickname: string): Promise<Witness> {
  const end = new AbortController();
  const session = await connect({ server, nickname, signal: end.signal });
  const received: string[] = [];
  const self: Witness = {
    session,
    received,
    lost: 0,
    receivedLast: (line) => expect.poll(() => received.at(-1), { timeout: 30_000 }).toBe(line),
  };
  let live = () => {};
  const ready = new Promise<void>((resolve) => {
    live = resolve;
  });
  const reading = (async () => {
    for await (const item of session.feed().items()) {
      if (item.kind === "lost") self.lost++;
      else if (item.kind === "signal" && item.signal.kind === "caughtUp") live();
      else if (item.kind === "signal" && item.signal.kind === "gap")
        received.push(`gap: ${item.signal.reason}`);
      else if (item.kind === "event" && item.event.kind === "groupMessage")
        received.push(`${item.event.sender.nickname}: ${item.event.text}`);
    }
  })();
  onTestFinished(async () => {
    end.abort();
    await reading;
  });
  await ready;
  return self;
}

/** No connection is lost again. */
export async function expectPeace(sender: Witness, witnesses: readonly Witness[]): Promise<void> {
  const lost = witnesses.map((each) => each.lost);
  for (const line of ["one", "two", "three"]) await sender.session.say(line);
  for (const { receivedLast } of witnesses) await receivedLast(`${sender.session.self.nickname}: three`);
  expect(witnesses.map((each) => each.lost)).toEqual(lost);
}
