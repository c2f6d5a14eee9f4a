import type { Observer } from "../../room/observer.js";
import type { Clock } from "../../room/ports.js";
import type { Connection } from "./connection.js";
import { codeOf } from "./outcome.js";
import { list } from "./replies.js";
import { scripts } from "./scripts.js";

/** Between two rewrites that one process asks for: each writes the whole store once. */
const REST_MS = 60_000;

export interface RewritesOptions {
  readonly clock: Pick<Clock, "monotonic">;
  readonly observe: Observer;
}

/**
 * What is erased stays in the engine's append-only file until that is written anew. How many erasures there were, and
 * how many of them a rewrite has covered, is kept in the store: whichever process is there sees to the rest.
 */
export class Rewrites {
  private restUntilMs = Number.NEGATIVE_INFINITY;
  private isForbidden = false;

  constructor(private readonly options: RewritesOptions) {}

  /** Has the file rewritten if something was erased since its last rewrite began. To be called again and again. */
  async look(connection: Connection): Promise<void> {
    if (this.isForbidden) return;
    const { clock, observe } = this.options;
    const [erasures = 0, rewriting = 0, rewritten = 0] = list(await connection.run(scripts.erasures, [])).map(
      Number,
    );
    if (rewritten >= erasures) return;
    const info = await connection.persistence();
    if (info.get("aof_rewrite_in_progress") !== "0" || info.get("aof_rewrite_scheduled") !== "0") return;
    const isDone = info.get("aof_last_bgrewrite_status") === "ok";
    if (rewriting > rewritten && isDone) {
      await connection.run(scripts.rewrite, ["rewritten", `${rewriting}`]);
      if (rewriting >= erasures) return;
    }
    if (clock.monotonic() < this.restUntilMs) return;
    if (!isDone) {
      const error = new Error("the engine could not rewrite its append-only file, which has erased messages");
      observe({ kind: "store_cleanup_failed", step: "rewrite", error });
    }
    this.restUntilMs = clock.monotonic() + REST_MS;
    if (await this.begin(connection)) await connection.run(scripts.rewrite, ["rewriting", `${erasures}`]);
  }

  /** Whether the engine begins, or will begin, a rewrite that covers all that was erased so far. */
  private async begin(connection: Connection): Promise<boolean> {
    try {
      await connection.rewriteFile();
      return true;
    } catch (error) {
      // One is under way that another process, or the engine itself, has begun meanwhile.
      if (codeOf(error) === "ERR") return false;
      if (codeOf(error) !== "NOPERM") throw error;
      this.isForbidden = true;
      const warning = `${connection.named} does not permit BGREWRITEAOF: erased messages stay in its append-only file until it rewrites that itself`;
      this.options.observe({ kind: "store_settings_doubted", warning });
      return false;
    }
  }
}
