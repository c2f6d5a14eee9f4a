import { Refusal } from "../errors.js";
import { type RoomEvent, writeRecord } from "../log/record.js";
import type { Member } from "../members/member.js";
import type { Appended } from "../ports.js";
import { foldNickname } from "../rules/nickname/nickname.js";
import { nearest } from "../rules/suggest.js";
import { checkText } from "../rules/text.js";
import type { RoomParts } from "./parts.js";
import { answered, charge, checkRequestId } from "./requests.js";

const MAX_NICKNAME_BYTES = 64;

type SpeakParts = Pick<RoomParts, "leases" | "clock" | "encode" | "settings">;

/** A message to everyone. */
export function createSay(parts: SpeakParts) {
  const speak = createSpeak(parts);
  return (member: Member, text: string, requestId: string): Promise<Appended> => {
    checkRequestId(requestId);
    checkText(text, parts.settings);
    return speak(member, requestId, () =>
      member.ignore.now
        ? () => new Refusal("IGNORING")
        : { kind: "message", sender: member.participant, text },
    );
  };
}

/** A message to one person, by any spelling of the name that folds to the same. */
export function createWhisper(parts: SpeakParts & Pick<RoomParts, "roster">) {
  const speak = createSpeak(parts);

  function notFound(nickname: string): Refusal {
    const suggestion = nearest(nickname, parts.roster.nicknames());
    return new Refusal("USER_NOT_FOUND", { field: "nickname", ...(suggestion && { suggestion }) });
  }

  return (member: Member, nickname: string, text: string, requestId: string): Promise<Appended> => {
    checkRequestId(requestId);
    if (nickname === "") throw new Refusal("REQUEST_INVALID", { field: "nickname", rule: "empty" });
    if (new TextEncoder().encode(nickname).length > MAX_NICKNAME_BYTES)
      throw new Refusal("REQUEST_INVALID", {
        field: "nickname",
        rule: "too_long",
        limit: MAX_NICKNAME_BYTES,
      });
    checkText(text, parts.settings);
    return speak(member, requestId, () => {
      const recipient = parts.roster.named(foldNickname(nickname));
      if (!recipient) return () => notFound(nickname);
      return { kind: "private_message", sender: member.participant, recipient: recipient.participant, text };
    });
  };
}

/** What to place, or why not. */
type Wanted = RoomEvent | (() => Refusal);

/** What both have in common: the flood bucket, the place in the log, and that a retry costs nothing. */
function createSpeak({ leases, clock, encode }: SpeakParts) {
  async function place(member: Member, requestId: string, wanted: () => Wanted): Promise<Appended> {
    // Charged before anything is looked for, be it a first try or the nearest name; guessing at names is not free.
    charge(member, clock.monotonic());
    const event = wanted();
    const key = requestId === "" ? undefined : `say:${member.id}:${requestId}`;
    const placed = await answered(
      typeof event === "function"
        ? placedBefore(member, key, event)
        : leases.append(member, writeRecord(event, encode), key === undefined ? {} : { key }),
    );
    if (placed.duplicate) member.rateLimiter.refund();
    return placed;
  }

  /** A first try may have been placed when there was nothing against it yet, and its answer lost. */
  async function placedBefore(
    member: Member,
    key: string | undefined,
    refuse: () => Refusal,
  ): Promise<Appended> {
    const placed = key === undefined ? undefined : await leases.appendedBefore(member, key);
    if (!placed) throw refuse();
    return placed;
  }

  return async (member: Member, requestId: string, event: () => Wanted): Promise<Appended> => {
    const work = () => place(member, requestId, event);
    const { result, again } = await member.messages.once(requestId, clock.monotonic(), work);
    return again ? { ...result, duplicate: true } : result;
  };
}
