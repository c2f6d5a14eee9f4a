/**
 * The store cannot be opened and waiting will not help: it is in use by another process, not ours, damaged, or written
 * by a newer version. The message is one sentence for the operator. Nothing was changed.
 */
export class StoreRefused extends Error {
  static {
    StoreRefused.prototype.name = "StoreRefused";
  }
}
