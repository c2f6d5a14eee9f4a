import type { RoomContext } from "../context.js";
import type { Member } from "../members/member.js";
import type { ReservedNames } from "../rules/nickname/reserved.js";
import type { Sent } from "../verbs/message.js";
import type { Actions } from "./acting/actions.js";
import type { Actor } from "./acting/target.js";
import { type AnnounceRequest, announceText } from "./announce.js";
import { type BanRequest, ban } from "./ban.js";
import { type CreateInviteRequest, createInvite } from "./create-invite.js";
import { type EraseRequest, eraseMessages } from "./erase.js";
import { type KickRequest, kick } from "./kick.js";
import { listBans } from "./list-bans.js";
import { listInvites } from "./list-invites.js";
import { type ListedNickname, type ListNicknamesRequest, listNicknames } from "./list-nicknames.js";
import { type MuteRequest, mute } from "./mute.js";
import type { RoomState } from "./order.js";
import { revokeInvite } from "./revoke-invite.js";
import type { Ban } from "./state/bans.js";
import type { Invite } from "./state/invites.js";
import type { Page, PageRequest } from "./state/newest-first.js";
import { unban } from "./unban.js";
import { type UpdateNicknameRequest, updateNickname } from "./update-nickname.js";
import { type UpdateRoomRequest, updateRoom } from "./update-room.js";

/** What moderators and owners can do. Each verb refuses with NOT_ALLOWED whose role does not permit it. */
export class Moderation {
  constructor(
    private readonly context: RoomContext,
    private readonly actions: Actions,
    private readonly reserved: ReservedNames,
  ) {}

  kick(actor: Actor, request: KickRequest): Promise<void> {
    return kick(this.context, this.actions, actor, request);
  }

  ban(actor: Actor, request: BanRequest): Promise<Ban> {
    return ban(this.context, this.actions, actor, request);
  }

  unban(actor: Actor, id: string): Promise<void> {
    return unban(this.context, this.actions, actor, id);
  }

  listBans(actor: Actor, request: PageRequest): Promise<Page<Ban>> {
    return listBans(this.context, actor, request);
  }

  mute(actor: Actor, request: MuteRequest): Promise<void> {
    return mute(this.context, this.actions, actor, request);
  }

  erase(actor: Actor, request: EraseRequest): Promise<number> {
    return eraseMessages(this.context, this.actions, actor, request);
  }

  /** `member`: undefined for the operator. */
  announce(actor: Actor, member: Member | undefined, request: AnnounceRequest): Promise<Sent> {
    return announceText(this.context, this.actions, actor, member, request);
  }

  createInvite(actor: Actor, request: CreateInviteRequest): Promise<{ invite: Invite; code: string }> {
    return createInvite(this.context, this.actions, this.reserved, actor, request);
  }

  listInvites(actor: Actor, request: PageRequest): Promise<Page<Invite>> {
    return listInvites(this.context, actor, request);
  }

  revokeInvite(actor: Actor, id: string): Promise<void> {
    return revokeInvite(this.context, this.actions, actor, id);
  }

  listNicknames(actor: Actor, request: ListNicknamesRequest): Promise<Page<ListedNickname>> {
    return listNicknames(this.context, actor, request);
  }

  updateNickname(actor: Actor, request: UpdateNicknameRequest): Promise<string> {
    return updateNickname(this.context, this.actions, actor, request);
  }

  updateRoom(actor: Actor, request: UpdateRoomRequest): Promise<RoomState> {
    return updateRoom(this.context, this.actions, actor, request);
  }
}
