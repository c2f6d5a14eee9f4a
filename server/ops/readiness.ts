import type { Observation } from "../room/observer.js";

/**
 * Whether the server can take work: it runs, and its store can be written. Where servers reach a store over a network, all
 * of them may have lost it, and taking all of them from a load balancer for a moment would help no caller: such a server is
 * ready until it is cut off for the length of a lease, when it ends its feeds, too.
 */
export class Readiness {
  private phase: "starting" | "running" | "shutting down" = "starting";
  private storeFailed = false;
  private isCutOff = false;

  /** `onChange`: called with each change of `ready`. `partitionable`: of the store. */
  constructor(
    private readonly onChange: (ready: boolean) => void,
    private readonly partitionable = false,
  ) {}

  get ready(): boolean {
    return this.reason === undefined;
  }

  /** Why the server is not ready, in one line; undefined if it is. */
  get reason(): string | undefined {
    if (this.phase !== "running") return this.phase;
    if (this.isCutOff) return "cut off from the store";
    return this.storeFailed && !this.partitionable ? "the store cannot be written" : undefined;
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

  /** Whether the store can be written, as far as this process or the one that lends the store knows. */
  setWritable(writable: boolean): void {
    this.change(() => {
      this.storeFailed = !writable;
    });
  }

  readonly observe = ({ kind }: Observation): void => {
    if (kind === "store_failed" || kind === "store_recovered") this.setWritable(kind === "store_recovered");
    this.change(() => {
      if (kind === "store_cut_off" || kind === "store_reached") this.isCutOff = kind === "store_cut_off";
    });
  };

  private change(make: () => void): void {
    const before = this.ready;
    make();
    if (this.ready !== before) this.onChange(this.ready);
  }
}
