import {
  Code,
  ConnectError,
  createContextKey,
  type HandlerContext,
  type Interceptor,
} from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { Refusal } from "../room/errors.js";
import type { Member } from "../room/members/member.js";
import type { Observer } from "../room/observer.js";
import type { Room } from "../room/room.js";
import { callKey } from "../wire/calls.js";
import { refusalToConnect } from "./errors.js";
import { type Locale, localeOfHeader } from "./locale.js";
import { wording } from "./wording/index.js";

/** The calling member; set by the gate for every RPC that needs one. */
export const memberKey = createContextKey<Member | undefined>(undefined, { description: "calling member" });

/** RPCs that need no token. Reflection and health are other services, and need none either. */
const open = new Set<string>([ChatService.method.login.name, ChatService.method.help.name]);
const BEARER = /^bearer +([A-Za-z0-9_-]{1,128}) *$/i;

/** The token in an authorization header (RFC 6750, 2.1); empty if there is none. */
export function tokenOf(authorization: string | null | undefined): string {
  return BEARER.exec(authorization ?? "")?.[1] ?? "";
}

/** Whether an RPC is for members only. */
export function needsToken(service: string, method: string): boolean {
  return service === ChatService.typeName && !open.has(method);
}

/** Authenticates the caller before any handler runs. */
export function createGate(room: Pick<Room, "authenticate">): Interceptor {
  return (next) => async (request) => {
    if (needsToken(request.service.typeName, request.method.name)) {
      const member = await room.authenticate(tokenOf(request.header.get("authorization")));
      request.contextValues.set(memberKey, member);
    }
    return next(request);
  };
}

export interface ErrorDesk {
  readonly fallback: Locale;
  readonly observe: Observer;
}

/**
 * The error that a caller receives. An unforeseen one is observed as a defect and keeps its message to itself.
 * `address`: the caller's.
 */
export function createToError({ fallback, observe }: ErrorDesk) {
  return (
    error: unknown,
    rpc: string,
    acceptLanguage: string | null | undefined,
    address: string | undefined,
  ): ConnectError => {
    if (error instanceof ConnectError) {
      observe({ kind: "call_refused", rpc, reason: codeToString(error.code), address });
      return error;
    }
    const locale = localeOfHeader(acceptLanguage, fallback);
    if (error instanceof Refusal) {
      observe({ kind: "call_refused", rpc, reason: error.reason, address });
      return refusalToConnect(error, locale);
    }
    observe({ kind: "call_failed", rpc, error });
    return new ConnectError(wording[locale].internal, Code.Internal);
  };
}

/** Translates what the room throws into what callers receive. */
export function createErrorDesk(toError: ReturnType<typeof createToError>): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      // A caller that breaks off a call is no defect.
      if (request.signal.aborted && !(error instanceof Refusal)) throw error;
      const address = request.contextValues.get(callKey)?.address;
      throw toError(error, request.method.name, request.header.get("accept-language"), address);
    }
  };
}

/** The calling member, as the gate authenticated it. Refuses with NOT_LOGGED_IN. */
export function callingMember(ctx: Pick<HandlerContext, "values">): Member {
  const member = ctx.values.get(memberKey);
  if (!member) throw new Refusal("NOT_LOGGED_IN");
  return member;
}
