import type { Nickname } from "../rules/nickname/nickname.js";

/** What admits guests where Room.entry is INVITE, beside the passphrase. */
export interface Invites {
  /**
   * Counts a use of the invite with this code by a guest with this nickname. Resolves to undefined if it admits no one, or
   * not this nickname. `login`: the member id that the Login settled on, which a retry has as well: it is one use.
   */
  use(code: string, name: Nickname, login: string): Promise<InviteUse | undefined>;
}

export interface InviteUse {
  /** The Login failed after all: it was no use of the invite. */
  undo(): Promise<void>;
}

/** A room without invites. */
export const noInvites: Invites = { use: async () => undefined };
