import type { Observation } from "../room/observer.js";

/** Whether the server can take work: it runs, and its store can be written. */
export class Readiness {
  private phase: "starting" | "running" | "shutting down" = "starting";
  private storeFailed = false;

  /** `onChange`: called with each change of `ready`. */
  constructor(private readonly onChange: (ready: boolean) => void) {}

  get ready(): boolean {
    return this.reason === undefined;
  }

  /** Why the server is not ready, in one line; undefined if it is. */
  get reason(): string | undefined {
    if (this.phase !== "running") return this.phase;
    return this.storeFailed ? "the store cannot be written" : undefined;
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
    if (kind !== "store_failed" && kind !== "store_recovered") return;
    this.change(() => {
      this.storeFailed = kind === "store_failed";
    });
  };

  private change(make: () => void): void {
    const before = this.ready;
    make();
    if (this.ready !== before) this.onChange(this.ready);
  }
}
