/** What is between a server and its engine, as a TCP proxy that can become a black hole. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface Link {
  readonly port: number;
  /** From now on nothing gets through, in either direction, and no connection is closed. */
  hold(): void;
  /** What was held gets through, also on connections that one side has given up meanwhile. */
  release(): void;
  close(): Promise<void>;
}

/** A link to a loopback port. */
export async function startLink(target: number): Promise<Link> {
  const directions = new Set<readonly [from: Socket, to: Socket]>();
  let holds = false;

  function join(from: Socket, to: Socket): void {
    const direction = [from, to] as const;
    directions.add(direction);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      directions.delete(direction);
      to.destroySoon();
    });
    if (!holds) from.pipe(to);
  }

  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    join(near, far);
    join(far, near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    port,
    hold() {
      holds = true;
      for (const [from, to] of directions) {
        from.unpipe(to);
        from.pause();
      }
    },
    release() {
      holds = false;
      for (const [from, to] of directions) from.pipe(to);
    },
    async close() {
      for (const [from] of directions) from.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
