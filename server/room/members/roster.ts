import type { Member } from "./member.js";

/**
 * The members by id and by name, and the names that are taken. Who is present changes in the order of the log, so that no
 * two present members have the same name. Members that are not announced may: a name that another process released and
 * this one claimed is taken here before the log says that it was free.
 */
export class Roster {
  private readonly byId = new Map<string, Member>();
  /** Announced members by key. */
  private readonly present = new Map<string, Member>();
  /** How many members have this key, and how many this skeleton. */
  private readonly keys = new Map<string, number>();
  private readonly skeletons = new Map<string, number>();
  /** Keys of the members present or leaving, sorted. */
  private sorted: string[] = [];

  /** Members whose joined event is applied and whose left event is not. */
  get size(): number {
    return this.sorted.length;
  }

  /** The same and the silent ones. */
  get reserved(): number {
    return this.byId.size;
  }

  find(id: string): Member | undefined {
    return this.byId.get(id);
  }

  /** The member present under a folded name. */
  findPresent(key: string): Member | undefined {
    const member = this.present.get(key);
    return member?.stage === "present" ? member : undefined;
  }

  /** Whether a name is taken, by itself or by one that looks like it. */
  isTaken(key: string, skeleton: string): boolean {
    return this.keys.has(key) || this.skeletons.has(skeleton);
  }

  /** Takes the name of a member whose id is not known; it is not listed before `announce`. */
  reserve(member: Member): void {
    this.byId.set(member.id, member);
    count(this.keys, member.name.key, 1);
    count(this.skeletons, member.name.skeleton, 1);
  }

  announce(member: Member): void {
    if (member.isAnnounced) return;
    member.isAnnounced = true;
    if (member.stage === "silent") member.stage = "present";
    const { key } = member.name;
    const before = this.present.get(key);
    // Only where the log was damaged: the store has one claim for each name.
    if (before) this.remove(before);
    this.present.set(key, member);
    this.sorted.splice(this.indexOf(key), 0, key);
  }

  remove(member: Member): void {
    if (this.byId.get(member.id) !== member) return;
    const { key, skeleton } = member.name;
    this.byId.delete(member.id);
    count(this.keys, key, -1);
    count(this.skeletons, skeleton, -1);
    if (this.present.get(key) === member) {
      this.present.delete(key);
      this.sorted.splice(this.indexOf(key), 1);
    }
    member.stage = "gone";
  }

  /**
   * Announced members whose key begins with `prefix`, sorted: at most `limit` of those after the key `after`. `total`:
   * all with the prefix.
   */
  page(prefix: string, after: string, limit: number): { members: Member[]; more: boolean; total: number } {
    const first = this.indexOf(prefix);
    const matches = (at: number) => this.sorted[at]?.startsWith(prefix) ?? false;
    let end = this.sorted.length;
    if (prefix !== "") for (end = first; matches(end); ) end++;
    const from = after === "" ? first : Math.max(first, this.indexOf(`${after}\u0000`));
    const to = Math.min(end, from + limit);
    const members = this.sorted.slice(from, to).map((key) => this.present.get(key)!);
    return { members, more: to < end, total: end - first };
  }

  *members(): Iterable<Member> {
    yield* this.byId.values();
  }

  /** Ids of the moderators and owners. Walks all members. */
  *moderators(): Iterable<string> {
    for (const { id, isModerator } of this.byId.values()) if (isModerator) yield id;
  }

  /** Nicknames as shown, of the announced members. */
  *nicknames(): Iterable<string> {
    for (const key of this.sorted) yield this.present.get(key)!.name.shown;
  }

  /** The index that `key` has or would have in `sorted`. */
  private indexOf(key: string): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sorted[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function count(counts: Map<string, number>, key: string, change: number): void {
  const now = (counts.get(key) ?? 0) + change;
  if (now > 0) counts.set(key, now);
  else counts.delete(key);
}
