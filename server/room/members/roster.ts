import type { Member } from "./member.js";

/** Who is here, in the order of the log; and which names are spoken for. */
export class Roster {
  private readonly byId = new Map<string, Member>();
  private readonly byKey = new Map<string, Member>();
  private readonly skeletons = new Map<string, number>();
  /** Keys of those who are announced, sorted. */
  private sorted: string[] = [];
  /** Members there will be when everything on its way into the log has arrived; notices bear this number. */
  expected = 0;

  /** Announced members. */
  get size(): number {
    return this.sorted.length;
  }

  /** Announced members and those about to be. */
  get reserved(): number {
    return this.byId.size;
  }

  find(id: string): Member | undefined {
    return this.byId.get(id);
  }

  /** By a folded name; only those who can be spoken to. */
  named(key: string): Member | undefined {
    const member = this.byKey.get(key);
    return member?.stage === "present" ? member : undefined;
  }

  /** Whether a name is spoken for, by itself or by one that looks like it. */
  taken(key: string, skeleton: string): boolean {
    return this.byKey.has(key) || this.skeletons.has(skeleton);
  }

  /** Reserves the member's name; it is here only once announced. */
  reserve(member: Member): void {
    this.byId.set(member.id, member);
    this.byKey.set(member.name.key, member);
    this.skeletons.set(member.name.skeleton, (this.skeletons.get(member.name.skeleton) ?? 0) + 1);
  }

  announce(member: Member): void {
    if (member.stage !== "joining") return;
    member.stage = "present";
    this.sorted.splice(this.place(member.name.key), 0, member.name.key);
  }

  remove(member: Member): void {
    if (this.byId.get(member.id) !== member) return;
    this.byId.delete(member.id);
    this.byKey.delete(member.name.key);
    const same = (this.skeletons.get(member.name.skeleton) ?? 0) - 1;
    if (same > 0) this.skeletons.set(member.name.skeleton, same);
    else this.skeletons.delete(member.name.skeleton);
    const at = this.place(member.name.key);
    if (this.sorted[at] === member.name.key) this.sorted.splice(at, 1);
    member.stage = "gone";
  }

  /** Announced members whose key begins with `prefix`, sorted, those after the key `after` and at most `limit`. */
  page(prefix: string, after: string, limit: number): { members: Member[]; more: boolean; total: number } {
    const first = this.place(prefix);
    const matches = (at: number) => this.sorted[at]?.startsWith(prefix) ?? false;
    let end = this.sorted.length;
    if (prefix !== "") for (end = first; matches(end); ) end++;
    const from = after === "" ? first : Math.max(first, this.place(`${after}\u0000`));
    const to = Math.min(end, from + limit);
    const members = this.sorted.slice(from, to).map((key) => this.byKey.get(key)!);
    return { members, more: to < end, total: end - first };
  }

  *members(): Iterable<Member> {
    yield* this.byId.values();
  }

  /** Nicknames as shown, of those announced. */
  *nicknames(): Iterable<string> {
    for (const key of this.sorted) yield this.byKey.get(key)!.name.shown;
  }

  /** Where `key` stands or would stand among the sorted keys. */
  private place(key: string): number {
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
