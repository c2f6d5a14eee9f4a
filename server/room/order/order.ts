/** The rules that moderators set: who may enter, who may speak, and what is known of the room. */
import { type Invites, noInvites } from "../entry/invites.js";
import type { Address, ExternalIdentity, Role } from "../identity.js";
import type { Member } from "../members/member.js";
import type { Registration } from "../names/registrations.js";
import type { RoomFacts } from "../room-facts.js";
import type { Nickname } from "../rules/nickname/nickname.js";

/** What of the room can be changed while it runs. */
export interface RoomState extends RoomFacts {
  /** Message of the day; empty if there is none. */
  readonly motd: string;
}

/** Who wants to log in, as far as that is proven. */
export interface Entrant {
  readonly name: Nickname;
  readonly address: Address;
  /** The registration whose secret was right; undefined for a guest. */
  readonly registration: Registration | undefined;
  readonly identity: ExternalIdentity | undefined;
}

/** Whom a message is for, where that is one person, who need not be in the room. */
export interface Addressee {
  readonly id: string;
  readonly role: Role | undefined;
}

export class Order {
  readonly invites: Invites = noInvites;

  /** `state`: by the operator's settings. */
  constructor(readonly state: RoomState) {}

  /** Refuses a Login with BANNED. */
  refuseEntry(_entrant: Entrant): void {}

  /** Refuses a message with BANNED, MUTED, RATE_LIMITED (slow mode), REGISTRATION_REQUIRED or NOT_ALLOWED. */
  refuseSpeaking(_sender: Member, _addressee: Addressee | undefined): void {}
}
