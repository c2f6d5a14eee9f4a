/** Who a caller is, beside the nickname it asks for. */
import type { Role } from "./log/record.js";

export type { Role } from "./log/record.js";

/** How far a role reaches; a member's is 0. */
const RANKS: Readonly<Record<Role | "OPERATOR", number>> = { MODERATOR: 1, OWNER: 2, OPERATOR: 3 };

/** Whether a role includes more than another; undefined: a member's. */
export function outranks(role: Role | undefined, other: Role | undefined): boolean {
  return rankOf(role) > rankOf(other);
}

/** The operator ranks above owners. */
export function rankOf(role: Role | "OPERATOR" | undefined): number {
  return role === undefined ? 0 : RANKS[role];
}

/** A person whom another system vouches for; verified before the room is called, which never sees a token. */
export interface ExternalIdentity {
  /** Member id: a hash of issuer and subject, the same in every stay. */
  readonly id: string;
  /** What to call the person if the request names no nickname. */
  readonly nickname?: string;
  readonly role?: Role;
  readonly bot?: boolean;
  /** ms since 1970. */
  readonly expiresAt?: number;
}

/** What a Login asks for. The names are those of LoginRequest in the schema. */
export interface LoginRequest {
  readonly nickname: string;
  /** Default: empty, no retry is possible. */
  readonly requestId?: string;
  /** Default: empty, a guest. */
  readonly secret?: string;
  /** Default: empty, none. */
  readonly invite?: string;
  readonly identity?: ExternalIdentity;
  readonly bot?: boolean;
  /** Of the caller. Default: unknown. */
  readonly address?: Address;
}

/** Where a call comes from. */
export interface Address {
  /** IP address of the person; undefined if it is unknown. */
  readonly ip: string | undefined;
  /** What is throttled: an IPv4 address, the /64 of an IPv6 address, or empty if the operator exempts it. */
  readonly budget: string;
}

export const unknownAddress: Address = { ip: undefined, budget: "" };
