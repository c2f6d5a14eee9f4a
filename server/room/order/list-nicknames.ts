import type { RoomContext } from "../context.js";
import type { Role } from "../identity.js";
import { foldNickname } from "../rules/nickname/fold.js";
import { checkLength, MAX_PAGE_SIZE } from "../verbs/guards.js";
import { readToken, writeToken } from "../verbs/list-users.js";
import { type Actor, current, requireRole } from "./acting/target.js";
import type { Page, PageRequest } from "./state/newest-first.js";

const DEFAULT_PAGE_SIZE = 100;
const MAX_PREFIX_BYTES = 64;

export interface ListNicknamesRequest extends PageRequest {
  readonly prefix: string;
}

/** A registered nickname as owners see it. Times are ms since 1970. */
export interface ListedNickname {
  readonly nickname: string;
  readonly userId: string;
  readonly role: Role | undefined;
  readonly registeredAt: number;
  readonly lastSeenAt: number;
}

/** ListNicknames: the registered nicknames, sorted. */
export async function listNicknames(
  context: RoomContext,
  actor: Actor,
  { pageSize, pageToken, prefix }: ListNicknamesRequest,
): Promise<Page<ListedNickname>> {
  requireRole(actor, "OWNER");
  checkLength("prefix", prefix, MAX_PREFIX_BYTES);
  const after = readToken(pageToken);
  await current(context);
  const { clock, registrations, roster } = context;
  const limit = Math.min(pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  const found = registrations.list(foldNickname(prefix), after, limit + 1);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const items = page.map(({ id, name, role, registeredAt, lastSeenAt }) => ({
    nickname: name.shown,
    userId: id,
    role,
    registeredAt,
    lastSeenAt: roster.find(id)?.isAnnounced ? clock.now() : lastSeenAt,
  }));
  return { items, nextPageToken: last && found.length > limit ? writeToken(last.name.key) : "" };
}
