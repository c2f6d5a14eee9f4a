import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Person } from "../log/record.js";
import type { Position } from "../ports.js";
import { foldNickname } from "../rules/nickname/fold.js";
import { MAX_PAGE_SIZE, refuseStoreErrors } from "./guards.js";

const DEFAULT_PAGE_SIZE = 100;
const MAX_PREFIX_BYTES = 64;
const TOKEN_SHAPE = /^[A-Za-z0-9_-]{1,400}$/;

export interface UserPage {
  /** Of each member always the same object. */
  readonly users: readonly Person[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
  /** Users on all pages. */
  readonly total: number;
  /** What the room had applied: joined and left events after it change this list. */
  readonly position: Position;
}

export interface ListUsersRequest {
  /** 0: the default of 100; at most MAX_PAGE_SIZE. */
  readonly pageSize: number;
  readonly pageToken: string;
  readonly prefix: string;
}

/** ListUsers: the members present, sorted by folded nickname. A page starts after a name, so joins do not shift it. */
export async function listUsers(
  { caughtUp, roster, tailer }: RoomContext,
  { pageSize, pageToken, prefix }: ListUsersRequest,
): Promise<UserPage> {
  if (new TextEncoder().encode(prefix).length > MAX_PREFIX_BYTES)
    throw new Refusal("REQUEST_INVALID", { field: "prefix", rule: "too_long", limit: MAX_PREFIX_BYTES });
  const after = readToken(pageToken);
  const waiting = caughtUp();
  if (waiting) await refuseStoreErrors(waiting);
  const { members, more, total } = roster.page(
    foldNickname(prefix),
    after,
    Math.min(pageSize || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
  );
  const last = members.at(-1);
  return {
    users: members.map((member) => member.person),
    nextPageToken: more && last ? writeToken(last.name.key) : "",
    total,
    position: tailer.position(),
  };
}

/** A page token for what comes after a folded nickname. */
export function writeToken(key: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(key));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function readToken(token: string): string {
  if (token === "") return "";
  try {
    if (!TOKEN_SHAPE.test(token)) throw new Error("not a token");
    const bytes = atob(token.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
  } catch {
    throw new Refusal("REQUEST_INVALID", { field: "page_token", rule: "unreadable" });
  }
}
