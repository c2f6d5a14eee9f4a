import { NotApplicable } from "./case.js";
import type { ManagedServer } from "./managed-server.js";
import type { Target } from "./target.js";

type Check = (target: Target) => Promise<void>;

async function onStarted({ target, close }: ManagedServer, check: Check): Promise<void> {
  try {
    await check(target);
  } finally {
    await target.cleanUp();
    await close();
  }
}

/** Runs a check on a server of its own with these flags; `why` it needs one is reported where none can be started. */
export async function onServer(
  { managed }: Target,
  why: string,
  flags: readonly string[],
  check: Check,
): Promise<void> {
  if (!managed) throw new NotApplicable(`requires ${why}`);
  await onStarted(await managed.another(...flags), check);
}

/** The same on a store that survives a restart, with every hook. */
export async function onServerWithHooks(
  { managed }: Target,
  why: string,
  flags: readonly string[],
  check: Check,
): Promise<void> {
  if (!managed) throw new NotApplicable(`requires ${why}`);
  await onStarted(await managed.withHooks(...flags), check);
}

/** Runs a check on a server with hooks: one of its own if the suite can start one, otherwise the server under test. */
export async function withHooks(target: Target, check: Check): Promise<void> {
  // A member must outlast a restart on a busy machine.
  if (target.managed) await onStarted(await target.managed.withHooks("--grace", "10s"), check);
  else await check(target);
}

/** A cursor that the log of another server issued. */
export async function foreignCursor(target: Target): Promise<string> {
  let cursor = "";
  await onServer(target, "a second server", [], async (other) => {
    ({ cursor } = await (await other.login()).say("elsewhere"));
  });
  return cursor;
}
