// A usual ws server: a text frame for each message and client.
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import { listen } from "./address.js";

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
const subscribers = new Set<WebSocket>();

server.on("connection", (socket, request) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  const name = url.searchParams.get("name") ?? "";
  socket.on("error", () => {});
  if (url.pathname === "/sub") subscribers.add(socket);
  socket.on("close", () => subscribers.delete(socket));
  socket.on("message", (data) => {
    const message = JSON.stringify({ time: new Date().toISOString(), sender: name, text: data.toString() });
    for (const subscriber of subscribers) {
      if (subscriber.readyState === WebSocket.OPEN) subscriber.send(message);
    }
  });
});

listen(http);
