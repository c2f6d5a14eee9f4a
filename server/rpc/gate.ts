import { Code, ConnectError, createContextKey, type Interceptor } from "@connectrpc/connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { Refusal } from "../room/errors.js";
import type { Member } from "../room/member.js";
import type { Room } from "../room/room.js";
import { refusalToConnect } from "./errors.js";
import { type Locale, localeOf } from "./locale.js";
import { wording } from "./wording/index.js";

/** Who is calling; set by the gate for every RPC that needs it. */
export const memberKey = createContextKey<Member | undefined>(undefined, { description: "calling member" });

/** Open to those without a token. Reflection and health are other services and open, too. */
const open = new Set<string>([ChatService.method.login.name, ChatService.method.help.name]);
const BEARER = /^bearer +([A-Za-z0-9_-]{1,128}) *$/i;

/** Finds out who is calling, before any handler runs. */
export function createGate(room: Pick<Room, "authenticate">): Interceptor {
  return (next) => async (request) => {
    if (request.service.typeName === ChatService.typeName && !open.has(request.method.name)) {
      const token = BEARER.exec(request.header.get("authorization") ?? "")?.[1] ?? "";
      request.contextValues.set(memberKey, await room.authenticate(token));
    }
    return next(request);
  };
}

export interface ErrorDesk {
  readonly fallback: Locale;
  /** Told of every fault that is not an answer. */
  readonly fault: (error: unknown, rpc: string) => void;
}

/** Turns what the room throws into what clients see. What nobody foresaw is logged, and its message stays here. */
export function createErrorDesk({ fallback, fault }: ErrorDesk): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      if (error instanceof ConnectError) throw error;
      const locale = localeOf(request.header, fallback);
      if (error instanceof Refusal) throw refusalToConnect(error, locale);
      fault(error, `${request.service.typeName}/${request.method.name}`);
      throw new ConnectError(wording[locale].internal, Code.Internal);
    }
  };
}
