import type { Role } from "../identity.js";
import type { Nickname } from "../rules/nickname/nickname.js";

/** A nickname that is one person's own, whether or not that person is in the room. */
export interface Registration {
  /** The member id of its owner in every stay. */
  readonly id: string;
  /** As it was typed when it was registered. */
  readonly name: Nickname;
  /** Undefined: a member. */
  readonly role?: Role;
  /** ms since 1970. */
  readonly registeredAt: number;
}

/** The registered nicknames, all of them in memory. */
export class Registrations {
  private readonly keys = new Map<string, Registration>();
  private readonly skeletons = new Map<string, Registration>();
  private readonly ids = new Map<string, Registration>();

  /** The registration of a nickname, by its folded form. */
  byKey(key: string): Registration | undefined {
    return this.keys.get(key);
  }

  /** The registration of a nickname that looks so. */
  bySkeleton(skeleton: string): Registration | undefined {
    return this.skeletons.get(skeleton);
  }

  byId(id: string): Registration | undefined {
    return this.ids.get(id);
  }

  /**
   * Resolves when this process knows what any process had changed by now; undefined if it always does. Before a decision
   * that depends on a registration.
   */
  fresh(): Promise<void> | undefined {
    return undefined;
  }
}
