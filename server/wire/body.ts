import type { PortRequest } from "../port/port.js";

/**
 * Reads a body to its end, and no further than it must to be too long: then what it returns has more than `maxBytes`, and
 * the rest stays unread. Undefined if the request breaks off.
 */
export function readBody(request: PortRequest, maxBytes: number): Promise<Uint8Array[] | undefined> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const take = (chunk: Uint8Array): void => {
      chunks.push(chunk);
      length += chunk.length;
      if (length <= maxBytes) return;
      request.pause();
      done(chunks);
    };
    const end = (): void => done(chunks);
    const breakOff = (): void => done(undefined);
    const done = (read: Uint8Array[] | undefined): void => {
      request.off("data", take).off("end", end).off("close", breakOff);
      resolve(read);
    };
    if (request.destroyed) return done(undefined);
    request.on("data", take).on("end", end).on("close", breakOff).on("error", ignore);
  });
}

/** A request that breaks off closes, too. */
function ignore(): void {}

/** For Connect, which reads bodies piece by piece. */
export async function* bodyOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** Maps the chunks of a body, and leaves its `return` and `throw` as they are: Connect ends a stream by them. */
export function mapBody(
  body: AsyncIterable<Uint8Array>,
  map: (chunk: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const inner = body[Symbol.asyncIterator]();
      return {
        async next() {
          const result = await inner.next();
          return result.done ? result : { done: false, value: await map(result.value) };
        },
        ...(inner.return && { return: inner.return.bind(inner) }),
        ...(inner.throw && { throw: inner.throw.bind(inner) }),
      };
    },
  };
}
