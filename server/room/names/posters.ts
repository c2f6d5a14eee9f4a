import type { RoomContext } from "../context.js";
import { type Proof, provenPoster } from "../entry/entry.js";
import { Member } from "../members/member.js";
import type { Write } from "../members/name-leases.js";
import { factsOf, findOwner } from "../members/restore.js";
import { type Appended, Fenced, Unavailable } from "../ports.js";
import type { Registration } from "./registrations.js";

/** Owners whose rate limits and idempotency keys are kept after their latest message. */
const MAX_KEPT = 1_000;
/** Appends of one message, while its sender comes and goes. */
const MAX_ATTEMPTS = 10;
/** Before another attempt, times its number: longer than a post takes. */
const WAIT_MS = 10;

/**
 * Owners of registered nicknames who send a message without a stay: the nickname is claimed, and released in the step that
 * appends the message, so that nothing is announced. A poster is a member that is in no roster. Whoever is in the room is
 * no poster, but sends as the member that it is; one that has logged in silently stays silent.
 */
export class Posters {
  /** By member id; the longest unused first. */
  private readonly kept = new Map<string, Member>();
  /** The latest post of each owner that is in progress, by member id. */
  private readonly posting = new Map<string, Promise<unknown>>();

  constructor(private readonly context: RoomContext) {}

  async authenticate(proof: Proof): Promise<Member> {
    const { context } = this;
    const registration = await provenPoster(context, proof);
    const { id, name } = registration;
    context.order.refuseEntry({ name, address: proof.address, registration, identity: undefined });
    const present = await findOwner(context, id);
    return present?.isAnnounced ? present : this.posterOf(registration);
  }

  /** Appends what a poster sends, one message after the other. */
  append(poster: Member, write: () => Write): Promise<Appended> {
    const before = this.posting.get(poster.id) ?? Promise.resolve();
    const appending = Promise.allSettled([before]).then(() => this.tryAppend(poster, write));
    this.posting.set(poster.id, appending);
    const forget = () => {
      if (this.posting.get(poster.id) === appending) this.posting.delete(poster.id);
    };
    appending.then(forget, forget);
    return appending;
  }

  private async tryAppend(poster: Member, write: () => Write): Promise<Appended> {
    const { leases, roster } = this.context;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      try {
        const present = await findOwner(this.context, poster.id);
        if (present) return await leases.append(present, write);
        const isBusy = attempt < MAX_ATTEMPTS && (await this.isBusyElsewhere(poster));
        if (isBusy || !(await leases.acquire(poster))) await this.wait(attempt);
        // Its owner has begun to log in.
        else if (!roster.find(poster.id)) return await this.appendAndRelease(poster, write);
      } catch (error) {
        // The owner has logged in, or left, in between.
        if (!(error instanceof Fenced)) throw error;
      }
    }
    throw new Unavailable("not-applied", new Error("the sender comes and goes"));
  }

  /** Whether the owner is logging in, or posting, at another process. A claim that one has left behind is in the way, too. */
  private async isBusyElsewhere(poster: Member): Promise<boolean> {
    const { leases, shared } = this.context;
    return shared && ((await leases.find(poster.name.key))?.live ?? false);
  }

  private wait(attempt: number): Promise<void> {
    const ms = WAIT_MS * attempt * (0.5 + Math.random());
    return new Promise((resolve) => this.context.clock.after(ms, resolve));
  }

  private async appendAndRelease(poster: Member, write: () => Write): Promise<Appended> {
    const { leases, observe } = this.context;
    try {
      const appended = await leases.append(poster, () => ({ ...write(), then: "release" }), {
        regain: false,
      });
      if (!appended.duplicate) return appended;
      await leases.release(poster);
      return appended;
    } catch (error) {
      if (error instanceof Fenced) throw error;
      // Best effort: a claim that remains is released by the next Login or post under this name, or at the next start.
      await leases.release(poster).catch((failure: unknown) => {
        observe({ kind: "member_write_failed", step: "name_release", error: failure });
      });
      throw error;
    }
  }

  private posterOf({ id, name, role }: Registration): Member {
    const { clock } = this.context;
    const standing = { registered: true, ...(role && { role }) };
    const facts = { ...factsOf(this.context), id, name, ...standing, joinTime: clock.now() };
    const poster = this.kept.get(id) ?? new Member({ ...facts, isPosting: true });
    poster.change(standing);
    this.kept.delete(id);
    this.kept.set(id, poster);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MAX_KEPT) break;
      this.kept.delete(oldest);
    }
    return poster;
  }
}
