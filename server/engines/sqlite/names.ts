import type { Claim, ClaimOptions, ClaimResult, Fence, Inspection } from "../../room/ports.js";
import { Fenced, Gone } from "../../room/ports.js";
import type { StoredClaim } from "../fence.js";
import { checkFence } from "../fence.js";
import { inspectLease, type Leases } from "../leases.js";
import type { Database, Row } from "./database.js";
import type { State } from "./state.js";

export interface SqliteNames {
  /** Only inside a batch, like `release` and `pass`. */
  claim(lease: string, name: string, holder: string, value: string, options?: ClaimOptions): ClaimResult;
  release(name: string, token: number): boolean;
  /** Checks an append's fence and applies its `then`; returns the new token of a renewal. Throws Fenced. */
  pass(fence: Fence): number | undefined;
  find(name: string): Claim | null;
  claims(): readonly Claim[];
  inspect(lease: string, ttlMs: number): Inspection;
}

export function createSqliteNames(database: Database, state: State, leases: Leases): SqliteNames {
  const columns = "name, holder, value, skeleton, lease, token, visit, announced";
  const byName = database.prepare(`select ${columns} from claim where name = ?`);
  const bySkeleton = database.prepare(`select ${columns} from claim where skeleton = ? and name <> ?`);
  const all = database.prepare(`select ${columns} from claim`);
  // Where nothing is dead, a look at all claims must not cost an object for each.
  const allBut = database.prepare(
    `select ${columns} from claim where lease not in (select value from json_each(?))`,
  );
  const set = database.prepare(`insert or replace into claim (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?)`);
  const announce = database.prepare("update claim set announced = 1 where name = ?");
  const renew = database.prepare("update claim set token = ? where name = ?");
  const remove = database.prepare("delete from claim where name = ?");

  const toStored = (row: Row | undefined) => row && toClaim(row);
  const show = (claim: StoredClaim): Claim => ({ ...claim, live: leases.lives(claim.lease) });
  const claims = () => all.all().map((row) => show(toClaim(row)));
  const deadBut = (live: readonly string[]): Claim[] =>
    allBut.all(JSON.stringify(live)).map((row) => ({ ...toClaim(row), live: false }));

  /** The claim that stands against one by this holder. */
  function against(before: StoredClaim | undefined, name: string, holder: string, skeleton?: string) {
    if (before && before.holder !== holder) return before;
    return skeleton === undefined ? undefined : toStored(bySkeleton.get(skeleton, name));
  }

  return {
    claim(lease, name, holder, value, { skeleton, again = false } = {}) {
      if (!leases.lives(lease)) throw new Fenced("the lease has ended");
      const before = toStored(byName.get(name));
      const other = against(before, name, holder, skeleton);
      if (other) return { ok: false, held: show(other) };
      if (!before && again) throw new Gone();
      const token = ++state.counter;
      const visit = before?.visit ?? token;
      const announced = before?.announced ?? false;
      const shape = skeleton ?? before?.skeleton;
      set.run(name, holder, value, shape ?? null, lease, token, visit, Number(announced));
      if (before && before.lease !== lease) leases.lose(before.lease, name);
      const optional = shape !== undefined && { skeleton: shape };
      return { ok: true, claim: show({ name, holder, value, ...optional, lease, token, visit, announced }) };
    },
    release(name, token) {
      const claim = toStored(byName.get(name));
      if (claim?.token !== token || claim.announced) return false;
      remove.run(name);
      return true;
    },
    pass(fence) {
      checkFence(fence, toStored(byName.get(fence.name)), leases);
      if (fence.then === "release") remove.run(fence.name);
      if (fence.then === "announce") announce.run(fence.name);
      if (fence.then !== "renew") return undefined;
      const token = ++state.counter;
      renew.run(token, fence.name);
      return token;
    },
    find(name) {
      const row = byName.get(name);
      return row ? show(toClaim(row)) : null;
    },
    claims,
    inspect: (lease, ttlMs) => inspectLease(leases, lease, ttlMs, deadBut),
  };
}

const toClaim = (row: Row): StoredClaim => ({
  name: `${row.name}`,
  holder: `${row.holder}`,
  value: `${row.value}`,
  ...(row.skeleton !== null && { skeleton: `${row.skeleton}` }),
  lease: `${row.lease}`,
  token: Number(row.token),
  visit: Number(row.visit),
  announced: row.announced === 1,
});
