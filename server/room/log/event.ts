/** Something that happened in the room, as the room says it. Times and places are the log's. */
export type RoomEvent =
  | { readonly kind: "joined" | "left"; readonly user: Person; readonly online: number }
  | { readonly kind: "message"; readonly sender: Participant; readonly text: string }
  | {
      readonly kind: "private_message";
      readonly sender: Participant;
      readonly recipient: Participant;
      readonly text: string;
    }
  | { readonly kind: "ignore_changed"; readonly memberId: string; readonly ignoring: boolean };

/** A member as everyone may see it. `joinTime`: ms since 1970. */
export interface Person {
  readonly id: string;
  readonly nickname: string;
  readonly joinTime: number;
  readonly ignoring: boolean;
}

/** A message's sender or recipient. */
export interface Participant {
  readonly id: string;
  readonly nickname: string;
}

/** Makes and never reads: the bytes that feeds send for an event, opaque to room, log and feed. */
export type EncodeEvent = (event: RoomEvent) => Uint8Array;
