import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import { parseNickname } from "../rules/nickname/nickname.js";
import type { ReservedNames } from "../rules/nickname/reserved.js";
import type { Actions } from "./acting/actions.js";
import { type Actor, checkDuration, checkLine, current, requireRole } from "./acting/target.js";
import { type Invite, inviteKey } from "./state/invites.js";
import { MAX_SPOKEN_IDS, newSpokenId } from "./state/spoken-id.js";

/** 7 days. */
const DEFAULT_LIFETIME_MS = 7 * 86_400_000;
const CODE_BYTES = 16; // 128 bits

export interface CreateInviteRequest {
  /** 0: any number. */
  readonly uses: number;
  /** Undefined: 7 days. */
  readonly lifetimeMs?: number;
  /** Empty: any. */
  readonly nickname: string;
  readonly note: string;
}

/** CreateInvite: issues an invite. `code`: what admits; the store has only its hash. */
export async function createInvite(
  context: RoomContext,
  actions: Actions,
  reserved: ReservedNames,
  actor: Actor,
  { uses, lifetimeMs = DEFAULT_LIFETIME_MS, nickname, note }: CreateInviteRequest,
): Promise<{ readonly invite: Invite; readonly code: string }> {
  const { clock, ids, order, registrations } = context;
  requireRole(actor, "MODERATOR");
  checkDuration("lifetime", lifetimeMs);
  checkLine("note", note);
  const name = nickname === "" ? undefined : parseNickname(nickname, reserved);
  return actions.inTurn(async () => {
    await current(context);
    if (name && (registrations.byKey(name.key) ?? registrations.bySkeleton(name.skeleton)))
      throw new Refusal("NICKNAME_REGISTERED", { field: "nickname" });
    if (order.invites.size >= MAX_SPOKEN_IDS) throw new Refusal("ROOM_FULL", { limit: MAX_SPOKEN_IDS });
    const code = ids.random(CODE_BYTES);
    const time = clock.now();
    const invite: Invite = {
      id: newSpokenId(ids, (id) => order.invites.isTaken(id)),
      codeHash: ids.hash(code),
      uses,
      used: 0,
      nickname: name?.shown ?? "",
      note,
      expires: time + lifetimeMs,
      moderator: actor.nickname,
      time,
      logins: [],
    };
    const key = inviteKey(invite.id);
    const { version } = await order.stored.read(key);
    await actions.perform(actor, {
      action: "CREATE_INVITE",
      until: invite.expires,
      reference: invite.id,
      write: { key, json: invite, version, until: invite.expires },
    });
    return { invite, code };
  });
}
