import type { Observation } from "../room/observer.js";

/**
 * Whether the server can take work: it runs, and its store can be written. Where servers share a store, all of them may
 * have lost it, and taking all of them from a load balancer for a moment would help no caller: such a server is ready
 * until it is cut off for the length of a lease, when it ends its feeds, too.
 */
export class Readiness {
  private phase: "starting" | "running" | "shutting down" = "starting";
  private storeFailed = false;
  private isCutOff = false;

  /** `onChange`: called with each change of `ready`. `isShared`: whether other servers use the store, too. */
  constructor(
    private readonly onChange: (ready: boolean) => void,
    private readonly isShared = false,
  ) {}

  get ready(): boolean {
    return this.reason === undefined;
  }

  /** Why the server is not ready, in one line; undefined if it is. */
  get reason(): string | undefined {
    if (this.phase !== "running") return this.phase;
    if (this.isCutOff) return "cut off from the store";
    return this.storeFailed && !this.isShared ? "the store cannot be written" : undefined;
  }

  start(): void {
    this.change(() => {
      this.phase = "running";
    });
  }

  shutDown(): void {
    this.change(() => {
      this.phase = "shutting down";
    });
  }

  readonly observe = ({ kind }: Observation): void => {
    this.change(() => {
      if (kind === "store_failed" || kind === "store_recovered") this.storeFailed = kind === "store_failed";
      if (kind === "store_cut_off" || kind === "store_reached") this.isCutOff = kind === "store_cut_off";
    });
  };

  private change(make: () => void): void {
    const before = this.ready;
    make();
    if (this.ready !== before) this.onChange(this.ready);
  }
}
