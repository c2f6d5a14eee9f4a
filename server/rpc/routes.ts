import type { ConnectRouter } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../room/room.js";
import { broadcast } from "./broadcast.js";
import { help } from "./help.js";
import { listEvents } from "./list-events.js";
import { listUsers } from "./list-users.js";
import { type LoginDeps, login } from "./login.js";
import { logout } from "./logout.js";
import { sendTo } from "./send-to.js";
import { type SubscribeOptions, subscribe } from "./subscribe.js";
import { toggleIgnore } from "./toggle-ignore.js";

export type ChatOptions = Omit<SubscribeOptions, "room"> & Omit<LoginDeps, "room"> & { readonly room: Room };

/** Every RPC of the chat, each in the file of its name. */
export function chatRoutes(options: ChatOptions): (router: ConnectRouter) => void {
  const { room, budgets, locale } = options;
  return (router) => {
    router.service(ChatService, {
      login: login(options),
      subscribe: subscribe(options),
      broadcast: broadcast(room),
      sendTo: sendTo(room),
      listUsers: listUsers(room, budgets),
      listEvents: listEvents(room, budgets),
      help: help(locale),
      toggleIgnore: toggleIgnore(room),
      logout: logout(room),
    });
  };
}
