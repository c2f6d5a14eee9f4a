import type { Config } from "../cli/settings.js";
import type { Address } from "../cli/values.js";

/** What the first process sends to a worker, over the channel that Node gives to a child. */
export type ToWorker =
  /** Once, before all else. `config` is that of the first process, whatever has become of its settings file. */
  | {
      readonly kind: "start";
      readonly number: number;
      readonly config: Config;
      /** Whether the store is at the other end of the worker's socket, or is to be opened by the worker. */
      readonly lends: boolean;
      readonly writable: boolean;
    }
  | { readonly kind: "drain" }
  /** The worker exits. */
  | { readonly kind: "close" }
  | { readonly kind: "reload_tls" }
  /** Whether the lent store can be written, whenever that changes. */
  | { readonly kind: "store"; readonly writable: boolean }
  | { readonly kind: "scrape"; readonly id: number };

/** What a worker sends to the first process. */
export type FromWorker =
  | { readonly kind: "listening"; readonly url: string; readonly address: Address }
  /** It cannot start, and exits. */
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "drained" }
  | { readonly kind: "scraped"; readonly id: number; readonly text: string }
  /** It was sent SIGTERM, and asks whether it alone was. */
  | { readonly kind: "signalled" };

/** The variable that names a worker's number to it. */
export const WORKER_VARIABLE = "PARLANCE_WORKER";
/** The descriptor of a worker's socket to the store; before it are those of every child, and Node's channel. */
export const STORE_FD = 4;
