// The minimum in Node: no framing but lines, no checks, one write per subscriber and turn of the event loop.
import { createServer, type Socket } from "node:net";
import { listen } from "./address.js";

const subscribers = new Set<Socket>();
let batch: string[] = [];

function flush(): void {
  const bytes = Buffer.from(batch.join(""));
  batch = [];
  for (const subscriber of subscribers) subscriber.write(bytes);
}

function say(name: string, text: string): void {
  if (batch.length === 0) setImmediate(flush);
  batch.push(`[${new Date().toISOString()}] ${name}: ${text}\n`);
}

const server = createServer({ noDelay: true }, (socket) => {
  let name: string | undefined;
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("error", () => {});
  socket.on("close", () => subscribers.delete(socket));
  socket.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (name !== undefined) {
        say(name, line);
        continue;
      }
      name = line.slice(2);
      if (line.startsWith("S")) subscribers.add(socket);
      socket.write("ok\n");
    }
  });
});

listen(server);
