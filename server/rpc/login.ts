import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { AddressBudgets } from "../room/members/address-budgets.js";
import type { Room } from "../room/room.js";
import type { RoomSettings } from "../room/settings.js";
import { callerKey } from "../wire/address.js";
import { userOf } from "../wire/event-codec.js";

export interface LoginDeps {
  readonly room: Pick<Room, "login">;
  readonly budgets: Pick<AddressBudgets, "checkShare" | "loggedIn">;
  readonly settings: RoomSettings;
  readonly maxBacklog: number;
  readonly heartbeatMs: number;
  readonly motd: string;
}

const MAX_NICKNAME_GRAPHEMES = 24;

/** Login: takes a nickname, returns the token and the limits of this server. */
export function login(deps: LoginDeps): ServiceImpl<typeof ChatService>["login"] {
  const { settings, budgets } = deps;
  const limits = {
    maxTextBytes: settings.maxTextBytes,
    maxTextLines: settings.maxTextLines,
    maxNicknameGraphemes: MAX_NICKNAME_GRAPHEMES,
    messagesPerSecond: settings.messagesPerSecond,
    messageBurst: settings.messageBurst,
    maxBacklog: deps.maxBacklog,
    heartbeatInterval: durationFromMs(deps.heartbeatMs),
    grace: durationFromMs(settings.graceMs),
  };
  return async (request, ctx) => {
    const { budget, place } = ctx.values.get(callerKey);
    budgets.checkShare(budget);
    const { member, token } = await deps.room.login(request.nickname, request.requestId);
    budgets.loggedIn(place, member);
    return { token, user: userOf(member.person), limits, motd: deps.motd };
  };
}
