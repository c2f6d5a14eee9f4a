import type { ConnectRouter, HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { ModerationService } from "../../../gen/parlance/v1/moderation_service_pb.js";
import type { Member } from "../../room/members/member.js";
import { type Actor, actorOf, operator } from "../../room/order/acting/target.js";
import type { Room } from "../../room/room.js";
import { roomOf } from "../../wire/codec/room.js";
import { callingMember } from "../auth.js";
import { sentResponse } from "../broadcast.js";
import {
  banOf,
  entryOf,
  inviteOf,
  msOf,
  optionalMsOf,
  registrationOf,
  roleOf,
  speakingOf,
  targetOf,
} from "./values.js";

/** Who calls. `member`: undefined for the operator. */
export interface Caller {
  readonly actor: Actor;
  readonly member?: Member;
}

export type CallerOf = (ctx: HandlerContext) => Caller;

/** On the public port: the member whose token it is. */
export const byToken: CallerOf = (ctx) => {
  const member = callingMember(ctx);
  return { actor: actorOf(member), member };
};

/** On the operator's socket, where there are no tokens. */
export const byOperator: CallerOf = () => ({ actor: operator });

/** The room as moderation needs it. */
export type ModeratedRoom = Pick<Room, "moderation" | "counts">;

/** Every RPC of moderation; what it does is in server/room/order. */
export function moderationRoutes(room: ModeratedRoom, callerOf: CallerOf): (router: ConnectRouter) => void {
  const { moderation } = room;
  const actorIn = (ctx: HandlerContext) => callerOf(ctx).actor;
  // Served for GET, too, and must not be cached.
  const listing = (ctx: HandlerContext): Actor => {
    ctx.responseHeader.set("cache-control", "no-store");
    return actorIn(ctx);
  };
  const service: ServiceImpl<typeof ModerationService> = {
    async kick({ target, reason, eraseSince }, ctx) {
      const eraseSinceMs = optionalMsOf(eraseSince) ?? 0;
      await moderation.kick(actorIn(ctx), { ...targetOf(target), reason, eraseSinceMs });
      return {};
    },
    async ban({ target, reason, eraseSince, network, duration, spareAddress, allowWide }, ctx) {
      const durationMs = optionalMsOf(duration);
      const ban = await moderation.ban(actorIn(ctx), {
        ...targetOf(target),
        reason,
        network,
        spareAddress,
        allowWide,
        eraseSinceMs: optionalMsOf(eraseSince) ?? 0,
        ...(durationMs !== undefined && { durationMs }),
      });
      return { ban: banOf(ban) };
    },
    async unban({ id }, ctx) {
      await moderation.unban(actorIn(ctx), id);
      return {};
    },
    async listBans(page, ctx) {
      const { items, nextPageToken } = await moderation.listBans(listing(ctx), page);
      return { bans: items.map(banOf), nextPageToken };
    },
    async mute({ target, duration, reason }, ctx) {
      const durationMs = optionalMsOf(duration);
      await moderation.mute(actorIn(ctx), { ...targetOf(target), reason, durationMs });
      return {};
    },
    async erase({ target, since, reason }, ctx) {
      const sinceMs = since ? msOf(since) : 0;
      return { erased: await moderation.erase(actorIn(ctx), { ...targetOf(target), sinceMs, reason }) };
    },
    async announce(request, ctx) {
      const { actor, member } = callerOf(ctx);
      return sentResponse(await moderation.announce(actor, member, request));
    },
    async createInvite({ uses, lifetime, nickname, note }, ctx) {
      const lifetimeMs = optionalMsOf(lifetime);
      const request = { uses, nickname, note, ...(lifetimeMs !== undefined && { lifetimeMs }) };
      const { invite, code } = await moderation.createInvite(actorIn(ctx), request);
      return { invite: inviteOf(invite), code };
    },
    async listInvites(page, ctx) {
      const { items, nextPageToken } = await moderation.listInvites(listing(ctx), page);
      return { invites: items.map(inviteOf), nextPageToken };
    },
    async revokeInvite({ id }, ctx) {
      await moderation.revokeInvite(actorIn(ctx), id);
      return {};
    },
    async updateRoom({ title, entry, speaking, slowMode, registration, motd, closeFor }, ctx) {
      const slowModeMs = optionalMsOf(slowMode);
      const closeForMs = optionalMsOf(closeFor);
      const state = await moderation.updateRoom(actorIn(ctx), {
        ...(title !== undefined && { title }),
        ...(entry !== undefined && { entry: entryOf(entry) }),
        ...(speaking !== undefined && { speaking: speakingOf(speaking) }),
        ...(slowModeMs !== undefined && { slowModeMs }),
        ...(registration !== undefined && { registration }),
        ...(motd !== undefined && { motd }),
        ...(closeForMs !== undefined && { closeForMs }),
      });
      return { room: roomOf(state, room.counts().members) };
    },
    async listNicknames(request, ctx) {
      const { items, nextPageToken } = await moderation.listNicknames(listing(ctx), request);
      return { registrations: items.map(registrationOf), nextPageToken };
    },
    async updateNickname({ nickname, role, newSecret, release }, ctx) {
      const wanted = role === undefined ? undefined : roleOf(role);
      const request = { nickname, role: wanted, newSecret, release };
      return { secret: await moderation.updateNickname(actorIn(ctx), request) };
    },
  };
  return (router) => router.service(ModerationService, service);
}
