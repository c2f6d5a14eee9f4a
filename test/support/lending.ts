import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lender } from "../../server/engines/lent/lender.js";
import { createLentStore } from "../../server/engines/lent.js";
import type { Store } from "../../server/room/ports.js";

export interface Lending {
  readonly lender: Lender;
  /** Another borrower, whose store is not open yet; `socket` is its end of the connection. */
  borrow(): Promise<{ readonly lent: Store; readonly socket: Socket }>;
}

/** Lends an open store as a server with --processes does, within this process. */
export async function lend(store: Store): Promise<Lending> {
  const lender = new Lender(store);
  await lender.open();
  return {
    lender,
    async borrow() {
      const [socket, theirs] = await socketPair();
      lender.lend(theirs);
      return { lent: createLentStore({ socket, durable: store.durable }), socket };
    },
  };
}

/** Both ends of a connection as it is between processes. */
async function socketPair(): Promise<[Socket, Socket]> {
  const folder = mkdtempSync(join(tmpdir(), "parlance-lent-"));
  const path = join(folder, "store");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const ours = connect(path);
  const theirs = await accepted;
  server.close();
  rmSync(folder, { recursive: true });
  return [ours, theirs];
}
