import type { HandlerContext } from "@connectrpc/connect";
import { Refusal } from "../room/errors.js";
import type { Member } from "../room/members/member.js";
import { memberKey } from "./auth.js";

/** The member that the gate let in. */
export function callingMember(ctx: Pick<HandlerContext, "values">): Member {
  const member = ctx.values.get(memberKey);
  if (!member) throw new Refusal("NOT_LOGGED_IN");
  return member;
}
