import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { createServer } from "node:tls";
import { onTestFinished } from "vitest";
import type { Certificate } from "./certificates.js";

/** Ends TLS in front of a loopback port, until the running test ends. Returns the port of its own. */
export async function startTlsFront(port: number, { cert, key }: Certificate): Promise<number> {
  const front = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => {
    const back = connect(port, "127.0.0.1");
    socket.on("error", () => back.destroy()).pipe(back);
    back.on("error", () => socket.destroy()).pipe(socket);
  });
  front.on("tlsClientError", () => undefined);
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  onTestFinished(() => void front.close());
  return (front.address() as AddressInfo).port;
}
