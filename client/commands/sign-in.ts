import type { SecretStore } from "../chat/acts.js";
import type { Problem } from "../chat/line.js";
import { loginProblem } from "../chat/problem.js";
import type { Config } from "../config.js";
import { CALL_TIMEOUT_MS } from "../session/client.js";
import { isLoggedOut } from "../session/errors.js";
import { UNKNOWN_LIMITS } from "../session/limits.js";
import { nameKey } from "../session/person.js";
import { connect, type ResumedSession, type Session, type SessionOptions } from "../session/session.js";
import { Credentials } from "../storage/credentials.js";
import type { Context } from "./context.js";
import { connectionFailure } from "./diagnose.js";
import { EXIT, Failure } from "./exit.js";

/** A session and where it came from. */
export interface SignedIn {
  readonly session: Session;
  /** Whether the session existed before: it did not join now. */
  readonly resumed: boolean;
  /** Whether it outlives this process: it came from `parlance login` or PARLANCE_TOKEN. */
  readonly kept: boolean;
}

export interface SignInOptions {
  /** Whether messages above the rate limit wait; on a screen they do not, where a person sees the reason. */
  readonly waitOutRate: boolean;
  /** Whether a new session outlives this process. Default false. */
  readonly kept?: boolean;
  /** What the person was asked for, instead of that of the settings and of the disk. */
  readonly secret?: string;
  readonly invite?: string;
}

/**
 * Signs in without asking anyone: resumes the session of PARLANCE_TOKEN or the stored one, or logs in under the nickname of the settings or, if
 * there is none, of `nickname`. Fails with exit code 2 without a nickname, 3 unreachable, 4 refused.
 */
export async function signIn(
  context: Context,
  nickname: () => Promise<string | undefined> = async () => undefined,
): Promise<SignedIn> {
  const { config, words } = context;
  const options = { waitOutRate: true };
  let name = config.nickname ?? "";
  try {
    const resumed = await resume(context, options);
    if (resumed) return resumed;
    name = config.nickname ?? (await nickname()) ?? "";
    if (name === "") throw new Failure(EXIT.usage, words.cli.needNick);
    return await logIn(context, name, options);
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    throw new Failure(EXIT.login, await loginRefusal(error, context, name), { cause: error });
  }
}

/**
 * Resumes the session of PARLANCE_TOKEN, or the one stored for this server and nickname; undefined if there is none, or
 * it has ended. Throws a Failure for a token of PARLANCE_TOKEN that is not valid.
 */
export async function resume(context: Context, options: SignInOptions): Promise<SignedIn | undefined> {
  const { server, nickname, token, stateDir } = context.config;
  if (token) {
    const self = { nickname: nickname ?? "", id: "" };
    const given = { token, self, limits: UNKNOWN_LIMITS };
    // No onChange: a token from the environment is the caller's to store.
    const session = await connect({
      ...sessionOptions(context, self.nickname, options),
      resume: given,
    });
    if (await isOver(session, context)) throw new Failure(EXIT.login, { what: "bad_token" });
    return { session, resumed: true, kept: true };
  }
  const credentials = new Credentials(stateDir);
  const stored = credentials.find(server, nickname);
  if (!stored) return undefined;
  const { kept, self } = stored;
  const session = await connect({
    ...sessionOptions(context, self.nickname, options),
    resume: stored,
    onChange: saveSession(context, kept),
  });
  if (await isOver(session, context)) {
    // A kept session is replaced by a new login; what a crash left behind is forgotten.
    credentials.remove(server, self.nickname);
    return kept ? logIn(context, self.nickname, { ...options, kept }) : undefined;
  }
  credentials.save(server, stored, kept);
  return { session, resumed: true, kept };
}

/**
 * To send as a registered nickname whose secret the server made, without entering the room; undefined for any other
 * nickname, and for a session of PARLANCE_TOKEN.
 */
export async function signInToPost(context: Context): Promise<Session | undefined> {
  const { config } = context;
  if (config.token !== undefined) return undefined;
  const stored = new Credentials(config.stateDir).find(config.server, config.nickname);
  const nickname = config.nickname ?? stored?.self.nickname;
  const secret = nickname === undefined ? undefined : secretFor(config, nickname);
  if (nickname === undefined || secret === undefined || !isGenerated(secret)) return undefined;
  const options = sessionOptions(context, nickname, { waitOutRate: true, secret });
  return connect({ ...options, withoutStay: true });
}

/** Whether the server no longer knows a session's token. Throws the ConnectError of any other failure. */
async function isOver({ client }: Session, { signal }: Context): Promise<boolean> {
  try {
    await client.listUsers({ pageSize: 1 }, { timeoutMs: CALL_TIMEOUT_MS, signal });
    return false;
  } catch (error) {
    if (!isLoggedOut(error)) throw error;
    return true;
  }
}

/** Logs in under a nickname. Throws the ConnectError of a refusal. */
export async function logIn(context: Context, nickname: string, options: SignInOptions): Promise<SignedIn> {
  const { kept = false } = options;
  const onChange = saveSession(context, kept);
  const session = await connect({ ...sessionOptions(context, nickname, options), onChange });
  if (options.secret && isGenerated(options.secret)) secretStore(context).keep(nickname, options.secret);
  return { session, resumed: false, kept };
}

/** Secrets that servers make have this form; chosen ones, which may be used elsewhere, are never kept. */
const isGenerated = (secret: string) => /^prl_[\w-]{27}$/.test(secret);

/** Where the secrets of this server are kept. */
export function secretStore({ config: { server, stateDir } }: Context): SecretStore {
  const credentials = new Credentials(stateDir);
  return {
    keep: (nickname, secret) => credentials.keepSecret(server, nickname, secret),
    forget: (nickname) => credentials.forgetSecret(server, nickname),
  };
}

/** The problem of a refused login. Throws a Failure instead if no nickname is at fault, such as an unreachable room. */
export async function loginRefusal(
  error: unknown,
  context: Context,
  nickname: string,
  invite = context.config.invite,
): Promise<Problem> {
  if (error instanceof Failure) throw error;
  const failure = await connectionFailure(error, context);
  if (failure) throw failure;
  const { server } = context.config;
  return loginProblem(error, { server, nickname, hasInvite: invite !== undefined });
}

/** Leaves: a kept session stays, any other one is logged out and forgotten. */
export async function signOut({ config }: Context, { session, kept }: SignedIn): Promise<void> {
  await session.leave({ logout: !kept });
  if (!kept) new Credentials(config.stateDir).remove(config.server, session.self.nickname);
}

export function sessionOptions(
  { config, words, signal }: Context,
  nickname: string,
  { waitOutRate, ...given }: SignInOptions,
): SessionOptions {
  const { server, ca } = config;
  const secret = given.secret ?? secretFor(config, nickname);
  const invite = given.invite ?? config.invite;
  return {
    ...{ server, ca, nickname, language: words.locale, waitOutRate, signal },
    ...(secret !== undefined && { secret }),
    ...(invite !== undefined && { invite }),
  };
}

/** That of the environment, which is for the nickname of the settings if they have one, or else the kept one. */
function secretFor(
  { server, stateDir, secret, nickname: own }: Config,
  nickname: string,
): string | undefined {
  const isOwn = own === undefined || nameKey(own) === nameKey(nickname);
  return secret !== undefined && isOwn ? secret : new Credentials(stateDir).secretOf(server, nickname);
}

function saveSession({ config }: Context, kept: boolean): (session: ResumedSession) => void {
  return (session) => new Credentials(config.stateDir).save(config.server, session, kept);
}
