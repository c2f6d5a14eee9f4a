// A straightforward connect-node server: a queue and an async generator for each subscriber. Argument: 1 for HTTP/1.1,
// 2 for HTTP/2 with prior knowledge.
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ChatService, type SubscribeResponse } from "../../gen/parlance/v1/chat_service_pb.js";
import { listen } from "./address.js";
import { createRoom } from "./room.js";

const room = createRoom();

function caller(context: HandlerContext): string {
  const nickname = room.whois(context.requestHeader.get("authorization"));
  if (nickname === undefined) throw new ConnectError("log in first", Code.Unauthenticated);
  return nickname;
}

const adapter = connectNodeAdapter({
  routes(router) {
    router.service(ChatService, {
      login: ({ nickname }) => room.login(nickname),
      broadcast: ({ text }, context) => room.broadcast(caller(context), text),
      async *subscribe(_, context) {
        caller(context);
        const queue: SubscribeResponse[] = [];
        let wake = () => {};
        const leave = room.subscribe((response) => {
          queue.push(response);
          wake();
        });
        context.signal.addEventListener("abort", () => wake());
        try {
          while (!context.signal.aborted) {
            const response = queue.shift();
            if (response !== undefined) yield response;
            else
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
          }
        } finally {
          leave();
        }
      },
    });
  },
});

const server = process.argv[2] === "1" ? createServer(adapter) : createHttp2Server(adapter);
if ("keepAliveTimeout" in server) server.keepAliveTimeout = 3_600_000;
listen(server);
