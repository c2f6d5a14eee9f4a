import type { RoomContext } from "../context.js";
import { Refusal } from "../errors.js";
import type { Member } from "../members/member.js";
import type { Roster } from "../members/roster.js";
import type { Appended } from "../ports.js";
import { foldNickname } from "../rules/nickname/fold.js";
import { nearest } from "../rules/nickname/nearest.js";
import { checkText } from "../rules/text.js";
import { checkRequestId } from "./guards.js";
import { sendMessage } from "./message.js";

const MAX_NICKNAME_BYTES = 64;

/** SendTo: a message to one member, by any spelling of the nickname that folds to the same. */
export function sendTo(
  context: RoomContext,
  sender: Member,
  nickname: string,
  text: string,
  requestId: string,
): Promise<Appended> {
  checkRequestId(requestId);
  if (nickname === "") throw new Refusal("REQUEST_INVALID", { field: "nickname", rule: "empty" });
  if (new TextEncoder().encode(nickname).length > MAX_NICKNAME_BYTES)
    throw new Refusal("REQUEST_INVALID", { field: "nickname", rule: "too_long", limit: MAX_NICKNAME_BYTES });
  checkText(text, context.settings);
  return sendMessage(context, sender, requestId, () => {
    const recipient = context.roster.findPresent(foldNickname(nickname));
    if (!recipient) throw userNotFound(nickname, context.roster);
    return { kind: "private_message", sender: sender.participant, recipient: recipient.participant, text };
  });
}

function userNotFound(nickname: string, roster: Roster): Refusal {
  const suggestion = nearest(nickname, roster.nicknames());
  return new Refusal("USER_NOT_FOUND", { field: "nickname", ...(suggestion && { suggestion }) });
}
