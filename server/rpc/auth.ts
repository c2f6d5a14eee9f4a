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
import type { AddressBudgets, Budget } from "../room/members/address-budgets.js";
import type { Member } from "../room/members/member.js";
import type { Observer } from "../room/observer.js";
import type { Room } from "../room/room.js";
import { callerKey } from "../wire/address.js";
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

const { login, help, broadcast, sendTo, toggleIgnore, listUsers, listEvents, subscribe } = ChatService.method;
/** What a call costs its address before it runs. Reads cost their bytes, too, once these are known. */
const costs = new Map<string, { readonly budget: Budget; readonly cost: number }>();
costs.set(login.name, { budget: "logins", cost: 1 });
for (const { name } of [broadcast, sendTo, toggleIgnore]) costs.set(name, { budget: "messages", cost: 1 });
// A text of 4 KB that takes a third of a millisecond: without a budget, a stranger without a token has the whole server.
costs.set(help.name, { budget: "reads", cost: 30_000 });
for (const { name } of [listUsers, listEvents, subscribe]) costs.set(name, { budget: "reads", cost: 10_000 });

/** Whether an RPC is for members only. */
export function needsToken(service: string, method: string): boolean {
  return service === ChatService.typeName && !open.has(method);
}

/**
 * What a call of the chat needs: a member's token, unless the RPC is open, and the budget of its address. `address`: see
 * Caller.budget.
 */
export interface Admission {
  /**
   * The calling member. A call may ask twice, before its body and after it: a valid token costs nothing, and one that is
   * not spends nothing of what the members behind its address share.
   */
  authenticate(authorization: string | null | undefined, address: string): Promise<Member>;
  /** Takes what a call costs its address; once for each call, when it is there as a whole. */
  charge(rpc: string, address: string, member: Member | undefined): void;
}

export function createAdmission(
  room: Pick<Room, "authenticate" | "knows" | "isRateLimited">,
  budgets: AddressBudgets,
): Admission {
  return {
    async authenticate(authorization, address) {
      const token = tokenOf(authorization);
      if (budgets.isSpent("wrong_tokens", address) && !room.knows(token))
        budgets.spend("wrong_tokens", address);
      try {
        return await room.authenticate(token);
      } catch (error) {
        if (error instanceof Refusal && error.reason === "NOT_LOGGED_IN")
          budgets.charge("wrong_tokens", address);
        throw error;
      }
    },
    charge(rpc, address, member) {
      const cost = costs.get(rpc);
      // The room refuses it, unless it is a retry: one member's flood must not spend what those beside it share.
      const isFree = cost?.budget === "messages" && member !== undefined && room.isRateLimited(member);
      if (cost && !isFree) budgets.spend(cost.budget, address, cost.cost);
    },
  };
}

/** Admits the caller before any handler runs. */
export function createGate({ authenticate, charge }: Admission): Interceptor {
  return (next) => async (request) => {
    const { service, method } = request;
    if (service.typeName === ChatService.typeName) {
      const { budget: address } = request.contextValues.get(callerKey);
      const member = needsToken(service.typeName, method.name)
        ? await authenticate(request.header.get("authorization"), address)
        : undefined;
      charge(method.name, address, member);
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
      const { spent } = error.detail;
      observe({ kind: "call_refused", rpc, reason: error.reason, address, ...spent });
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
