import type { Member } from "./member.js";

/** The members by id and by name, and the names that are taken. It changes in the order of the log. */
export class Roster {
  private readonly byId = new Map<string, Member>();
  private readonly byKey = new Map<string, Member>();
  /** How many members have a name with this skeleton. */
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
    const member = this.byKey.get(key);
    return member?.stage === "present" ? member : undefined;
  }

  /** Whether a name is taken, by itself or by one that looks like it. */
  isTaken(key: string, skeleton: string): boolean {
    return this.byKey.has(key) || this.skeletons.has(skeleton);
  }

  /** Takes the name of a member; it is not listed before `announce`. */
  reserve(member: Member): void {
    this.byId.set(member.id, member);
    this.byKey.set(member.name.key, member);
    this.skeletons.set(member.name.skeleton, (this.skeletons.get(member.name.skeleton) ?? 0) + 1);
  }

  announce(member: Member): void {
    if (member.isAnnounced) return;
    member.isAnnounced = true;
    if (member.stage === "silent") member.stage = "present";
    this.sorted.splice(this.indexOf(member.name.key), 0, member.name.key);
  }

  remove(member: Member): void {
    if (this.byId.get(member.id) !== member) return;
    this.byId.delete(member.id);
    this.byKey.delete(member.name.key);
    const same = (this.skeletons.get(member.name.skeleton) ?? 0) - 1;
    if (same > 0) this.skeletons.set(member.name.skeleton, same);
    else this.skeletons.delete(member.name.skeleton);
    const at = this.indexOf(member.name.key);
    if (this.sorted[at] === member.name.key) this.sorted.splice(at, 1);
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
    const members = this.sorted.slice(from, to).map((key) => this.byKey.get(key)!);
    return { members, more: to < end, total: end - first };
  }

  *members(): Iterable<Member> {
    yield* this.byId.values();
  }

  /** Nicknames as shown, of the announced members. */
  *nicknames(): Iterable<string> {
    for (const key of this.sorted) yield this.byKey.get(key)!.name.shown;
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
