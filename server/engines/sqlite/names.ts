import type { Claim, ClaimResult, Fence } from "../../room/ports.js";
import { Fenced } from "../../room/ports.js";
import type { StoredClaim } from "../fence.js";
import { checkFence } from "../fence.js";
import type { Leases } from "../leases.js";
import type { Database, Row } from "./database.js";
import type { State } from "./state.js";

export interface SqliteNames {
  /** Only inside a batch, like `release` and `pass`. */
  claim(lease: string, name: string, holder: string, value: string): ClaimResult;
  release(name: string, token: number): boolean;
  /** Checks an append's fence and applies its `then`. Throws Fenced. */
  pass(fence: Fence): void;
  find(name: string): Claim | null;
  claims(): readonly Claim[];
}

export function createSqliteNames(database: Database, state: State, leases: Leases): SqliteNames {
  const columns = "name, holder, value, lease, token, visit, announced";
  const byName = database.prepare(`select ${columns} from claim where name = ?`);
  const all = database.prepare(`select ${columns} from claim`);
  const set = database.prepare(`insert or replace into claim (${columns}) values (?, ?, ?, ?, ?, ?, ?)`);
  const announce = database.prepare("update claim set announced = 1 where name = ?");
  const remove = database.prepare("delete from claim where name = ?");

  const stored = (name: string): StoredClaim | undefined => {
    const row = byName.get(name);
    return row && toClaim(row);
  };
  const show = (claim: StoredClaim): Claim => ({ ...claim, live: leases.lives(claim.lease) });

  return {
    claim(lease, name, holder, value) {
      if (!leases.lives(lease)) throw new Fenced("the lease has ended");
      const before = stored(name);
      if (before && before.holder !== holder) return { ok: false, held: show(before) };
      const token = ++state.counter;
      const visit = before?.visit ?? token;
      const announced = before?.announced ?? false;
      set.run(name, holder, value, lease, token, visit, Number(announced));
      return { ok: true, claim: show({ name, holder, value, lease, token, visit, announced }) };
    },
    release(name, token) {
      if (stored(name)?.token !== token) return false;
      remove.run(name);
      return true;
    },
    pass(fence) {
      const claim = stored(fence.name);
      checkFence(fence, claim, claim !== undefined && leases.lives(claim.lease));
      if (fence.then === "release") remove.run(fence.name);
      if (fence.then === "announce" && !claim?.announced) announce.run(fence.name);
    },
    find(name) {
      const claim = stored(name);
      return claim ? show(claim) : null;
    },
    claims: () => all.all().map((row) => show(toClaim(row))),
  };
}

const toClaim = (row: Row): StoredClaim => ({
  name: `${row.name}`,
  holder: `${row.holder}`,
  value: `${row.value}`,
  lease: `${row.lease}`,
  token: Number(row.token),
  visit: Number(row.visit),
  announced: row.announced === 1,
});
