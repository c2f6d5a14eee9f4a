import type { ServiceImpl } from "@connectrpc/connect";
import type { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Limits } from "../../gen/parlance/v1/limits_pb.js";
import type { AddressBudgets } from "../room/members/address-budgets.js";
import type { Room } from "../room/room.js";
import { callerKey } from "../wire/address.js";
import { userOf } from "../wire/codec/user.js";

export interface LoginDeps {
  readonly room: Pick<Room, "login">;
  readonly budgets: Pick<AddressBudgets, "checkShare" | "loggedIn">;
  readonly limits: Limits;
  readonly motd: string;
}

/** Login: takes a nickname, returns the token and the limits of this server. */
export function login(deps: LoginDeps): ServiceImpl<typeof ChatService>["login"] {
  const { budgets, limits } = deps;
  return async (request, ctx) => {
    const { budget, place } = ctx.values.get(callerKey);
    budgets.checkShare(budget);
    const { member, token } = await deps.room.login(request.nickname, request.requestId);
    budgets.loggedIn(place, member);
    return { token, user: userOf(member.person), limits, motd: deps.motd };
  };
}
