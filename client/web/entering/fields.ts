/** What the form before the room asks for. */
import type { Out } from "../hub/messages.js";

export interface Fields {
  readonly nickname: boolean;
  readonly secret: boolean;
  readonly invite: boolean;
  /** Whether the field of the secret can be asked for. */
  readonly offersSecret: boolean;
  /** What is to be known before typing; null: nothing. */
  readonly notice:
    | { readonly kind: "external" | "registered_only" }
    | { readonly kind: "closed"; readonly forMs: number }
    | null;
}

/** Of a person whom an application vouches for. */
export const NO_FIELDS: Fields = {
  ...{ nickname: false, secret: false, invite: false, offersSecret: false, notice: null },
};

/** `wantsSecret`: the reader asked for the field. */
export function fieldsFor(
  { room, features, question, problem }: Pick<Out, "room" | "features" | "question" | "problem">,
  wantsSecret: boolean,
  nowMs: number,
): Fields {
  if (room?.entry === "EXTERNAL") {
    // A person who is known there may be known by a name that is none here.
    const nickname = problem?.what.startsWith("nickname_") ?? false;
    const notice = problem ? null : ({ kind: "external" } as const);
    return { nickname, secret: false, invite: false, offersSecret: false, notice };
  }
  const forMs = (room?.closedUntilMs ?? 0) - nowMs;
  const isRegisteredOnly = room?.entry === "REGISTERED";
  const secret = wantsSecret || question === "secret" || isRegisteredOnly || forMs > 0;
  return {
    nickname: true,
    secret,
    invite: room?.entry === "INVITE" || question === "invite",
    offersSecret: !secret && features.includes("REGISTRATION"),
    notice: forMs > 0 ? { kind: "closed", forMs } : isRegisteredOnly ? { kind: "registered_only" } : null,
  };
}
