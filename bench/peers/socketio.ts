// A usual socket.io server: subscribers in a room, an event to the room for each message. WebSocket only.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { listen } from "./address.js";

const noPingsMs = 3_600_000;
const http = createServer();
const server = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  serveClient: false,
  pingInterval: noPingsMs,
  pingTimeout: noPingsMs,
});

server.on("connection", (socket) => {
  const { role, name } = socket.handshake.query;
  if (role === "sub") socket.join("room");
  socket.on("say", (text: string) => {
    server.to("room").emit("said", { time: new Date().toISOString(), sender: name, text });
  });
});

listen(http);
