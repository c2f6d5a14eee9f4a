import type { ServiceImpl } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Limits } from "../../gen/parlance/v1/limits_pb.js";
import type { AddressBudgets } from "../room/members/address-budgets.js";
import type { Room } from "../room/room.js";
import { userOf } from "../wire/codec/user.js";
import { unaryHandler } from "../wire/handlers.js";
import { addressOf, whoOf } from "./auth.js";

export interface LoginDeps {
  readonly room: Pick<Room, "login" | "state">;
  readonly budgets: Pick<AddressBudgets, "checkShare" | "loggedIn">;
  readonly limits: Limits;
}

/** Login: takes a nickname, returns the token and the limits of this server. */
export function login(deps: LoginDeps): ServiceImpl<typeof ChatService>["login"] {
  const { handle } = loginHandler(deps);
  return (request, ctx) => handle(request, whoOf(ctx));
}

/** The same in plain values. */
export function loginHandler({ room, budgets, limits }: LoginDeps) {
  return unaryHandler(
    ChatService.method.login,
    async ({ nickname, requestId, secret, invite, bot }, { caller }) => {
      budgets.checkShare(caller.budget);
      const { member, token } = await room.login({
        nickname,
        requestId,
        secret,
        invite,
        bot,
        address: addressOf(caller),
      });
      budgets.loggedIn(caller.place, member);
      return { token, user: userOf(member.person), limits, motd: room.state.motd };
    },
  );
}
