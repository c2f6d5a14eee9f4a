import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Limits } from "../../gen/parlance/v1/limits_pb.js";
import { Refusal } from "../room/errors.js";
import { writeCursor } from "../room/log/cursor.js";
import type { AddressBudgets } from "../room/members/address-budgets.js";
import type { Room } from "../room/room.js";
import { checkLength } from "../room/verbs/guards.js";
import { userOf } from "../wire/codec/user.js";
import { unaryHandler } from "../wire/handlers.js";
import { addressOf, whoOf } from "./auth.js";

/** Bytes. */
const MAX_ACCESS_TOKEN_BYTES = 8 * 1024;

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
  return unaryHandler(ChatService.method.login, async (request, { caller }) => {
    budgets.checkShare(caller.budget);
    const { nickname, requestId, secret, invite, accessToken, bot } = request;
    refuseAccessToken(accessToken, secret);
    const address = addressOf(caller);
    const { member, token, left } = await room.login({ nickname, requestId, secret, invite, bot, address });
    budgets.loggedIn(caller.place, member);
    const { expiresAt } = member;
    return {
      token,
      user: userOf(member.person),
      limits,
      motd: room.state.motd,
      leftCursor: left ? writeCursor(left) : "",
      ...(expiresAt !== undefined && { expireTime: timestampFromMs(expiresAt) }),
    };
  });
}

/** This server takes none. */
function refuseAccessToken(accessToken: string, secret: string): void {
  if (accessToken === "") return;
  checkLength("access_token", accessToken, MAX_ACCESS_TOKEN_BYTES);
  if (secret !== "") throw new Refusal("REQUEST_INVALID", { field: "access_token", rule: "with_secret" });
  throw new Refusal("ACCESS_TOKEN_INVALID", { field: "access_token", rule: "not_taken" });
}
