import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Limits } from "../../gen/parlance/v1/limits_pb.js";
import { Refusal } from "../room/errors.js";
import type { ExternalIdentity } from "../room/identity.js";
import { writeCursor } from "../room/log/cursor.js";
import type { AddressBudgets } from "../room/members/address-budgets.js";
import type { Room } from "../room/room.js";
import { checkLength } from "../room/verbs/guards.js";
import type { Caller } from "../wire/address.js";
import { userOf } from "../wire/codec/user.js";
import { unaryHandler } from "../wire/handlers.js";
import { addressOf, whoOf } from "./auth.js";

/** Bytes. */
const MAX_ACCESS_TOKEN_BYTES = 8 * 1024;

export interface LoginDeps {
  readonly room: Pick<Room, "login" | "state">;
  readonly budgets: Pick<AddressBudgets, "checkShare" | "loggedIn">;
  readonly limits: Limits;
  /** Reads the access tokens of an application; undefined: this server takes none. */
  readonly readToken?: ReadToken;
  /** The person whom a trusted proxy names. */
  readonly identityOfUser: (user: string) => ExternalIdentity;
}

/** Refuses with ACCESS_TOKEN_INVALID. */
export type ReadToken = (token: string) => Promise<ExternalIdentity>;

/** Login: takes a nickname, returns the token and the limits of this server. */
export function login(deps: LoginDeps): ServiceImpl<typeof ChatService>["login"] {
  const { handle } = loginHandler(deps);
  return (request, ctx) => handle(request, whoOf(ctx));
}

/** The same in plain values. */
export function loginHandler(deps: LoginDeps) {
  const { room, budgets, limits } = deps;
  return unaryHandler(ChatService.method.login, async (request, { caller }) => {
    budgets.checkShare(caller.budget);
    const { nickname, requestId, secret, invite, accessToken, bot } = request;
    const address = addressOf(caller);
    const identity = await identify(deps, accessToken, secret, caller);
    const asked = { nickname, requestId, secret, invite, bot, address, ...(identity && { identity }) };
    const { member, token, left, expiresAt } = await room.login(asked);
    budgets.loggedIn(caller.place, member);
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

/** Who the caller is by an access token, or by the proxy in front; undefined: by what it says itself. */
async function identify(
  { readToken, identityOfUser }: Pick<LoginDeps, "readToken" | "identityOfUser">,
  accessToken: string,
  secret: string,
  { user }: Caller,
): Promise<ExternalIdentity | undefined> {
  if (accessToken === "") return user === undefined || secret !== "" ? undefined : identityOfUser(user);
  checkLength("access_token", accessToken, MAX_ACCESS_TOKEN_BYTES);
  if (secret !== "") throw new Refusal("REQUEST_INVALID", { field: "access_token", rule: "with_secret" });
  if (!readToken) throw new Refusal("ACCESS_TOKEN_INVALID", { field: "access_token", rule: "not_taken" });
  return readToken(accessToken);
}
