import type { MakeTransport } from "../session/client.js";
import { CALL_TIMEOUT_MS } from "../session/client.js";
import { isLoggedOut } from "../session/errors.js";
import { DEFAULT_LIMITS } from "../session/limits.js";
import { connect } from "../session/node.js";
import type { Session, SessionOptions } from "../session/session.js";
import type { Credential, Credentials } from "../storage/credentials.js";

export interface EntryOptions {
  readonly server: string;
  /** The nickname that was asked for, if any. */
  readonly nickname: string | undefined;
  /** PARLANCE_TOKEN. */
  readonly token: string | undefined;
  readonly credentials: Credentials;
  readonly language: string;
  /** Whether a too fast message waits; not where a person can see why. */
  readonly waitOutRate: boolean;
  readonly signal: AbortSignal;
  readonly transport?: MakeTransport;
}

export interface Entry {
  readonly session: Session;
  /** Whether the session was there before: the room was not told of anyone coming. */
  readonly resumed: boolean;
  /** Whether it outlives this process: it came from `parlance login` or PARLANCE_TOKEN. */
  readonly kept: boolean;
}

/** Takes up the session that is stored for this server and nickname; undefined if there is none that lives. */
export async function resume(options: EntryOptions): Promise<Entry | undefined> {
  const { server, nickname, token, credentials } = options;
  if (token) {
    const self = { nickname: nickname ?? "", id: "" };
    const session = await connect(
      sessionOptions(options, self.nickname, { token, self, limits: DEFAULT_LIMITS }),
    );
    return { session, resumed: true, kept: true };
  }
  const stored = credentials.find(server, nickname);
  if (!stored) return undefined;
  const session = await connect(sessionOptions(options, stored.self.nickname, stored));
  try {
    await session.client.listUsers({ pageSize: 1 }, { timeoutMs: CALL_TIMEOUT_MS, signal: options.signal });
  } catch (error) {
    if (!isLoggedOut(error)) throw error;
    return dead(options, stored);
  }
  credentials.keep(server, stored, stored.kept);
  return { session, resumed: true, kept: stored.kept };
}

/** Logs in under a nickname. Throws the ConnectError of the refusal. */
export async function enter(options: EntryOptions, nickname: string, kept = false): Promise<Entry> {
  const session = await connect({
    ...sessionOptions(options, nickname),
    onToken: (fresh) => options.credentials.keep(options.server, fresh, kept),
  });
  return { session, resumed: false, kept };
}

/** A stored session is over. One that was to be kept is begun anew; what a crash left behind is forgotten. */
async function dead(options: EntryOptions, stored: Credential): Promise<Entry | undefined> {
  options.credentials.forget(options.server, stored.self.nickname);
  return stored.kept ? enter(options, stored.self.nickname, true) : undefined;
}

function sessionOptions(
  { server, language, waitOutRate, signal, transport, credentials }: EntryOptions,
  nickname: string,
  stored?: Pick<Credential, "token" | "self" | "limits"> & { readonly kept?: boolean },
): SessionOptions {
  return {
    server,
    nickname,
    language,
    waitOutRate,
    signal,
    ...(transport ? { transport } : {}),
    ...(stored ? { resume: stored } : {}),
    // A token from the environment is the caller's to keep.
    ...(stored?.kept === undefined
      ? {}
      : { onToken: (fresh) => credentials.keep(server, fresh, stored.kept === true) }),
  };
}
