/**
 * One wait that also ends when the call does: resolves or rejects as `start` says, or throws the reason of the abort.
 * `start` may answer what takes its own listeners away again; that is called however the wait ends.
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
