/**
 * A wait that also ends with the call: settles as `start` does, or throws the reason of the abort. `start` may return a
 * function that removes its listeners; it is called however the wait ends.
 */
export async function wait<T>(
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => (() => void) | undefined,
): Promise<T> {
  signal.throwIfAborted();
  let undo: (() => void) | undefined;
  let onAbort: () => void = () => undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort);
      undo = start(resolve, reject);
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
    undo?.();
  }
}
