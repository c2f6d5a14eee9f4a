/** Values of the schema as the room has them, and back. */
import { type Duration, type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Entry, Speaking } from "../../../gen/parlance/v1/room_pb.js";
import { Role } from "../../../gen/parlance/v1/user_pb.js";
import { Refusal } from "../../room/errors.js";
import type { ListedNickname } from "../../room/order/list-nicknames.js";
import type { RoomState } from "../../room/order/order.js";
import type { Ban } from "../../room/order/state/bans.js";
import type { Invite } from "../../room/order/state/invites.js";

/** Whom a request is for. */
type Target =
  | { readonly case: "userId" | "nickname"; readonly value: string }
  | { readonly case: undefined; readonly value?: undefined };

export function targetOf({ case: field, value }: Target) {
  return { userId: field === "userId" ? value : "", nickname: field === "nickname" ? value : "" };
}

/** Whole ms, rounded up. */
export function msOf({ seconds, nanos }: Duration): number {
  return Number(seconds) * 1_000 + Math.ceil(nanos / 1_000_000);
}

export const optionalMsOf = (duration: Duration | undefined): number | undefined =>
  duration === undefined ? undefined : msOf(duration);

export function banOf({ id, nickname, network, reason, until, moderator, time }: Ban) {
  return { id, nickname, network, reason, moderator, time: timestampFromMs(time), ...ending({ until }) };
}

export function inviteOf({ id, uses, used, nickname, note, expires, moderator, time }: Invite) {
  const times = { expireTime: timestampFromMs(expires), time: timestampFromMs(time) };
  return { id, uses, used, nickname, note, moderator, ...times };
}

export function registrationOf({ nickname, userId, role, registeredAt, lastSeenAt }: ListedNickname) {
  return {
    nickname,
    userId,
    role: Role[role ?? "UNSPECIFIED"],
    registeredTime: timestampFromMs(registeredAt),
    lastSeenTime: timestampFromMs(lastSeenAt),
  };
}

/** null: that of a member. */
export function roleOf(role: Role): "MODERATOR" | "OWNER" | null {
  if (role === Role.UNSPECIFIED) return null;
  return known(
    (["MODERATOR", "OWNER"] as const).find((name) => Role[name] === role),
    "role",
  );
}

export function entryOf(entry: Entry): RoomState["entry"] {
  const names = ["OPEN", "INVITE", "REGISTERED", "EXTERNAL"] as const;
  return known(
    names.find((name) => Entry[name] === entry),
    "entry",
  );
}

export function speakingOf(speaking: Speaking): RoomState["speaking"] {
  const names = ["EVERYONE", "REGISTERED", "MODERATORS"] as const;
  return known(
    names.find((name) => Speaking[name] === speaking),
    "speaking",
  );
}

/** Refuses a value that is unspecified, or of a later version. */
export function known<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new Refusal("REQUEST_INVALID", { field, rule: "unreadable" });
  return value;
}

function ending({ until }: { readonly until: number | undefined }): { until?: Timestamp } {
  return until === undefined ? {} : { until: timestampFromMs(until) };
}
