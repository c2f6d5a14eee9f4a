/**
 * This store is not to be opened, and waiting will not help: it is used by another process, foreign, damaged or of a
 * newer version. The message is one sentence for the person who starts the server. Nothing was changed.
 */
export class StoreRefused extends Error {
  static {
    StoreRefused.prototype.name = "StoreRefused";
  }
}
