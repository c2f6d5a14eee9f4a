import type { ConnectRouter } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import type { Room } from "../room/room.js";
import type { FastPathOptions } from "../wire/fast-path/fast-path.js";
import { broadcast, broadcastHandler } from "./broadcast.js";
import { editMessage } from "./edit-message.js";
import { listEvents } from "./events/list-events.js";
import { searchEvents } from "./events/search-events.js";
import { getRoom } from "./get-room.js";
import { help } from "./help.js";

import { listUsers } from "./list-users.js";
import type { Locale } from "./locale.js";
import { type LoginDeps, login, loginHandler } from "./login.js";
import { logout } from "./logout.js";
import { redact } from "./moderation/redact.js";
import { registerNickname } from "./names/register-nickname.js";
import { unregisterNickname } from "./names/unregister-nickname.js";
import { sendTo, sendToHandler } from "./send-to.js";
import { type SubscribeOptions, subscribe, subscribeHandler } from "./subscribe.js";
import { toggleIgnore } from "./toggle-ignore.js";

export interface ChatOptions
  extends Omit<SubscribeOptions, "room">,
    Pick<LoginDeps, "readToken" | "identityOfUser"> {
  readonly room: Room;
  /** Of Help, where the caller names no language. */
  readonly locale: Locale;
  /** Of GetRoom: name and version of the server's software. */
  readonly software: string;
}

/** Every RPC of the chat, each in the file of its name. Connect refuses those that are missing with UNIMPLEMENTED. */
export function chatRoutes(options: ChatOptions): (router: ConnectRouter) => void {
  const { room, budgets, locale } = options;
  return (router) => {
    router.service(ChatService, {
      getRoom: getRoom(options),
      login: login(options),
      subscribe: subscribe(options),
      broadcast: broadcast(room),
      sendTo: sendTo(room),
      editMessage: editMessage(room),
      listUsers: listUsers(room, budgets),
      listEvents: listEvents(room, budgets),
      searchEvents: searchEvents(room, budgets),
      help: help(locale),
      toggleIgnore: toggleIgnore(room),
      logout: logout(room),
      redact: redact(room),
      registerNickname: registerNickname(room),
      unregisterNickname: unregisterNickname(room),
    });
  };
}

/** Those that may be served without Connect. */
export function fastRoutes(options: ChatOptions): Pick<FastPathOptions, "calls" | "streams"> {
  const { room } = options;
  return {
    calls: [loginHandler(options), broadcastHandler(room), sendToHandler(room)],
    streams: [subscribeHandler(options)],
  };
}
