import type { Server } from "node:net";

/** Listens on a free loopback port and prints it. The listen backlog fits a storm of connects. */
export function listen(server: Server): void {
  server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
    const address = server.address();
    if (typeof address === "object" && address !== null) console.log(`listens on 127.0.0.1:${address.port}`);
  });
}
