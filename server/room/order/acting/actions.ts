import { type RoomContext, recordOf } from "../../context.js";
import { Refusal } from "../../errors.js";
import { erase, messagesSince, readMessages, withEdits } from "../../log/erase.js";
import type { ModerationAction, Participant, Removal, RoomEvent } from "../../log/record.js";
import { Turns } from "../../members/turns.js";
import { type Appended, Fenced, Unavailable } from "../../ports.js";
import type { RoomFacts } from "../../room-facts.js";
import { RETRY_MS, refuseStoreErrors } from "../../verbs/guards.js";
import type { StoredState, Write } from "../state/stored.js";
import { changeRegistration, type RegistrationChange } from "./change-registration.js";
import { bannedMembers, removeMembers } from "./remove.js";
import type { Actor } from "./target.js";

/** How long appends of an action are remembered: longer than a server is down. */
export const KEY_TTL_MS = 30 * 86_400_000;
const AGAIN_MS = 1_000;
/** On a store that processes share, a younger action may be that of one that is carrying it out. */
const ABANDONED_MS = 60_000;
const PREFIX = "action:";

/** What a moderator does, as a whole. It is stored as JSON while it is carried out. Times are ms since 1970. */
export interface Action {
  readonly id: string;
  readonly time: number;
  readonly action: ModerationAction;
  readonly moderator: Pick<Actor, "id" | "nickname">;
  /** Whom it concerns; of a nickname that no one has, the id is empty. */
  readonly person?: Participant;
  readonly reason: string;
  readonly until?: number;
  /** Id of the ban or the invite; empty if there is none. */
  readonly reference: string;
  readonly write?: Write;
  /** Ends the stay of the person, or of all to whom the ban applies. */
  readonly removes?: Removal;
  /** Messages of the person from this time on are erased. */
  readonly erases?: { readonly senderId: string; readonly since: number };
  /** Numbers of the messages to erase. */
  readonly redacts?: readonly number[];
  /** What the room is from now on. */
  readonly room?: RoomFacts;
  readonly registration?: RegistrationChange;
  /** Key of the announcement, which is in the log if the action has begun. */
  readonly announces?: string;
}

/** An action without what is the same for all. */
export type Plan = Omit<Action, "id" | "time" | "moderator" | "reason" | "reference"> &
  Partial<Pick<Action, "reason" | "reference">>;

/** Carries actions out, one after the other. */
export class Actions {
  private readonly turns = new Turns();
  /** Changes that members are making to their own messages. */
  private readonly changes = new Set<Promise<unknown>>();
  /** Stored, and not carried out to their end. */
  private readonly unfinished = new Map<string, Action>();
  private cancel = () => {};

  constructor(private readonly context: RoomContext) {}

  private get stored(): StoredState {
    return this.context.order.stored;
  }

  /** Runs what reads state and then changes it, so that nothing of this process comes in between. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const afterChanges = async () => {
      await Promise.allSettled(this.changes);
      return work();
    };
    return refuseStoreErrors(this.turns.take(afterChanges));
  }

  /**
   * Runs a member's change to its own messages: beside those of other members, and not during an action. An action waits
   * for the changes under way, and goes before all others, so that a crowd that edits does not hold up a moderator.
   */
  async betweenTurns<T>(work: () => Promise<T>): Promise<T> {
    for (let waited: unknown; waited !== this.turns.done; ) {
      waited = this.turns.done;
      await waited;
    }
    const change = work();
    this.changes.add(change);
    try {
      return await refuseStoreErrors(change);
    } finally {
      this.changes.delete(change);
    }
  }

  /**
   * Carries an action out; within `inTurn`. `begin`: makes the change that the action consists of, in place of its write;
   * returns false if there is nothing to change. Returns the number of messages erased.
   */
  async perform(actor: Actor, plan: Plan, begin?: () => Promise<boolean>): Promise<number> {
    const { clock, ids } = this.context;
    const { id: moderatorId, nickname } = actor;
    const moderator = { id: moderatorId, nickname };
    const action: Action = {
      reason: "",
      reference: "",
      ...plan,
      id: ids.random(),
      time: clock.now(),
      moderator,
    };
    await this.stored.put(PREFIX + action.id, action);
    if (!(await this.begin(action, begin))) {
      await this.stored.delete(PREFIX + action.id);
      return 0;
    }
    try {
      return await this.finish(action);
    } catch (error) {
      this.retryLater(action);
      throw error;
    }
  }

  /** Carries out what an earlier process left behind. */
  async resume(): Promise<void> {
    const { clock, shared } = this.context;
    for (const json of (await this.stored.readAll(PREFIX)).values()) {
      const action = json as Action;
      if (shared && clock.now() - action.time < ABANDONED_MS) this.retryLater(action, ABANDONED_MS);
      else await this.tryAgain(action);
    }
  }

  stop(): void {
    this.cancel();
  }

  /** A refusal means that nothing was changed; after any other failure, that is not known. */
  private async begin(action: Action, begin: (() => Promise<boolean>) | undefined): Promise<boolean> {
    try {
      return begin ? await begin() : await this.write(action);
    } catch (error) {
      if (error instanceof Refusal) await this.stored.delete(PREFIX + action.id);
      else this.retryLater(action);
      throw error;
    }
  }

  /** Refuses if another process has changed meanwhile what is to be written. */
  private async write({ write }: Action): Promise<boolean> {
    if (write && !(await this.context.order.write(write)))
      throw new Refusal("STORE_UNAVAILABLE", { retryDelayMs: RETRY_MS });
    return true;
  }

  private async tryAgain(action: Action): Promise<void> {
    try {
      await this.inTurn(() => this.again(action));
    } catch (error) {
      this.context.observe({ kind: "action_unfinished", error });
      this.retryLater(action);
    }
  }

  private async again(action: Action): Promise<void> {
    const { log, order } = this.context;
    // Carried out meanwhile, by the process that began it.
    if ((await this.stored.read(PREFIX + action.id)).version === 0) return;
    if (action.announces !== undefined && !(await wasAppended(log, action.announces)))
      return this.stored.delete(PREFIX + action.id);
    // A write that finds another version was made before, or is out of date.
    if (action.write && !(await order.write(action.write))) await order.fresh();
    await this.finish(action);
  }

  /** From the write on. Each step can be repeated. */
  private async finish(action: Action): Promise<number> {
    const { observe, tailer } = this.context;
    if (action.registration)
      await changeRegistration(this.context, action.registration, `${PREFIX}${action.id}:user`);
    const appended = await Promise.all(eventsOf(action).map((event) => this.append(action, ...event)));
    await Promise.all(appended.map((place) => tailer.until(place)));
    await this.remove(action);
    const erased = await this.erase(action);
    await this.stored.delete(PREFIX + action.id);
    const { action: kind, moderator, person, reference } = action;
    observe({
      kind: "moderated",
      action: kind,
      moderator: moderator.id,
      target: person?.id ?? "",
      reference,
      erased,
    });
    return erased;
  }

  private async append(action: Action, suffix: string, event: RoomEvent): Promise<Appended> {
    const { leases, log, roster, shared } = this.context;
    const { record: data } = recordOf(this.context, event);
    const write = { data, key: `${PREFIX}${action.id}:${suffix}`, notice: true };
    const muted =
      shared && action.action === "MUTE" && suffix === "person" && roster.find(action.person?.id ?? "");
    if (muted)
      // Another process at which the member sends is refused by the store, and looks again before it appends.
      try {
        return await leases.append(muted, () => ({ ...write, then: "renew" }));
      } catch (error) {
        if (!(error instanceof Fenced)) throw error;
      }
    const { data: record, ...options } = write;
    return log.append(record, { ...options, keyTtlMs: KEY_TTL_MS });
  }

  private async remove({ removes, person, reference }: Action): Promise<void> {
    if (!removes) return;
    const { order, roster } = this.context;
    const ban = order.bans.get(reference);
    const member = roster.find(person?.id ?? "");
    const banned = ban ? bannedMembers(this.context, ban) : [];
    await removeMembers(this.context, [...new Set([...(member ? [member] : []), ...banned])], removes, ban);
  }

  private async erase({ id, erases, redacts = [], reason }: Action): Promise<number> {
    const found = [
      ...(erases ? await messagesSince(this.context, erases.senderId, erases.since) : []),
      ...(await readMessages(this.context, redacts)),
    ];
    await erase(this.context, await withEdits(this.context, found), { reason, key: `${PREFIX}${id}` });
    return this.context.edits.count(found.map(({ seq }) => seq));
  }

  private retryLater(action: Action, afterMs = AGAIN_MS): void {
    const { background, clock, isClosing } = this.context;
    this.unfinished.set(action.id, action);
    this.cancel();
    this.cancel = clock.after(afterMs, () => {
      if (isClosing()) return;
      const left = [...this.unfinished.values()];
      this.unfinished.clear();
      for (const one of left) background.add(this.tryAgain(one));
    });
  }
}

/** The events of an action, with the ends of their idempotency keys. */
function eventsOf(action: Action): [suffix: string, event: RoomEvent][] {
  const { action: kind, moderator, person, reason, until, reference, room } = action;
  const facts = {
    kind: "moderated",
    action: kind,
    moderator: moderator.nickname,
    ...(person && { person }),
    reason,
    ...(until !== undefined && { until }),
    reference,
  } as const;
  return [
    ["moderators", { ...facts, to: "moderators" }],
    ...(person && person.id !== "" ? [["person", { ...facts, to: "person" }] as [string, RoomEvent]] : []),
    ...(room ? [["room", { kind: "room_changed", room }] as [string, RoomEvent]] : []),
  ];
}

async function wasAppended(log: RoomContext["log"], key: string): Promise<boolean> {
  try {
    // The log looks up the key before it checks the fence (promise L3), and no one holds this name.
    await log.append(new Uint8Array(1), { key, fence: { name: "", token: 0 } });
    return true;
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    return false;
  }
}
