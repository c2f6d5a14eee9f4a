import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Role } from "../identity.js";
import { generateSecret } from "../names/secrets.js";
import { foldNickname } from "../rules/nickname/fold.js";
import type { Actions } from "./acting/actions.js";
import { type Actor, checkTarget, current, requireHigher, requireRole } from "./acting/target.js";

export interface UpdateNicknameRequest {
  readonly nickname: string;
  /** null: that of a member; undefined: unchanged. */
  readonly role: Role | null | undefined;
  readonly newSecret: boolean;
  /** Ends the registration; alone. */
  readonly release: boolean;
}

/** UpdateNickname: changes a registration. Returns the new secret, or an empty one. */
export async function updateNickname(
  context: RoomContext,
  actions: Actions,
  actor: Actor,
  { nickname, role, newSecret, release }: UpdateNicknameRequest,
): Promise<string> {
  const { ids, registrations, secrets } = context;
  requireRole(actor, "OWNER");
  checkTarget({ userId: "", nickname });
  if (release && (newSecret || role !== undefined))
    throw new Refusal("REQUEST_INVALID", { field: "release", rule: "alone" });
  const key = foldNickname(nickname);
  return actions.inTurn(async () => {
    await current(context);
    const registration = registrations.byKey(key);
    if (!registration) throw new Refusal("USER_NOT_FOUND", { field: "nickname" });
    const { id, name, role: before, secret: hash } = registration;
    requireHigher(actor, { id, role: before });
    const isExternal = hash === undefined;
    if ((newSecret || release) && isExternal) throw new Refusal("NOT_ALLOWED", { rule: "external" });
    const isNewRole = role !== undefined && (role ?? undefined) !== before;
    if (!isNewRole && !newSecret && !release) return "";
    const secret = newSecret ? generateSecret(ids) : "";
    await actions.perform(actor, {
      action: "UPDATE_NICKNAME",
      person: { id, nickname: name.shown },
      registration: {
        key,
        id,
        ...(isNewRole && { role }),
        ...(newSecret && { secret: await secrets.hash(secret) }),
        ...(release && { release }),
      },
    });
    return secret;
  });
}
