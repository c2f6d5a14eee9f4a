import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import {
  Code,
  ConnectError,
  createContextKey,
  type HandlerContext,
  type Interceptor,
} from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { ChatService } from "../../gen/parlance/v1/chat_service_pb.js";
import { ModerationService } from "../../gen/parlance/v1/moderation_service_pb.js";
import { FeedEnded } from "../feed/signals.js";
import { type EndReason, endReasons, Refusal } from "../room/errors.js";
import type { Address } from "../room/identity.js";
import type { AddressBudgets, Budget } from "../room/members/address-budgets.js";
import type { Member } from "../room/members/member.js";
import type { Observer } from "../room/observer.js";
import { Unavailable } from "../room/ports.js";
import type { Room } from "../room/room.js";
import { type Caller, callerKey } from "../wire/address.js";
import { callKey } from "../wire/calls.js";
import type { Enter, ToError, Who } from "../wire/handlers.js";
import { refusalToConnect } from "./errors.js";
import { type Locale, localeOfHeader } from "./locale.js";
import { wording } from "./wording/index.js";

/** The calling member; set by the gate for every RPC that needs one. */
export const memberKey = createContextKey<Member | undefined>(undefined, { description: "calling member" });

/** RPCs that need no token. Reflection and health are other services, and need none either. */
const open = new Set<string>([
  ChatService.method.login.name,
  ChatService.method.getRoom.name,
  ChatService.method.help.name,
]);
const BEARER = /^bearer +([A-Za-z0-9_-]{1,128}) *$/i;

const BASIC = /^basic +(\S{1,512}) *$/i;
/** What the owner of a registered nickname may call without a token. */
const posting = new Set<string>([ChatService.method.broadcast.name, ChatService.method.sendTo.name]);

/** Nickname and secret in an authorization header (RFC 7617, UTF-8); undefined if it is of another scheme. */
export function basicOf(
  authorization: string | null | undefined,
): { readonly nickname: string; readonly secret: string } | undefined {
  const encoded = BASIC.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [nickname = "", ...secret] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return { nickname, secret: secret.join(":") };
}

/** The token in an authorization header (RFC 6750, 2.1); empty if there is none. */
export function tokenOf(authorization: string | null | undefined): string {
  return BEARER.exec(authorization ?? "")?.[1] ?? "";
}

const { login, getRoom, help, broadcast, sendTo, editMessage, toggleIgnore } = ChatService.method;
const { redact, registerNickname, unregisterNickname } = ChatService.method;
const { listUsers, listEvents, searchEvents, subscribe } = ChatService.method;
/** What a call costs its address before it runs. Reads cost their bytes, too, once these are known. */
const costs = new Map<string, { readonly budget: Budget; readonly cost: number }>();
costs.set(login.name, { budget: "logins", cost: 1 });
for (const { name } of [broadcast, sendTo, editMessage, redact, toggleIgnore])
  costs.set(name, { budget: "messages", cost: 1 });
for (const { name } of [registerNickname, unregisterNickname])
  costs.set(name, { budget: "messages", cost: 1 });
// A text of 4 KB that takes a third of a millisecond: without a budget, a stranger without a token has the whole server.
costs.set(help.name, { budget: "reads", cost: 30_000 });
for (const { name } of [getRoom, listUsers, listEvents, searchEvents, subscribe])
  costs.set(name, { budget: "reads", cost: 10_000 });
for (const { name, idempotency } of ModerationService.methods) {
  const isRead = idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  costs.set(name, isRead ? { budget: "reads", cost: 10_000 } : { budget: "messages", cost: 1 });
}

/** Services of the room; reflection and health need no token. */
const ofRoom = new Set([ChatService.typeName, ModerationService.typeName]);

/** Whether an RPC is for members only. */
export function needsToken(service: string, method: string): boolean {
  return ofRoom.has(service) && !open.has(method);
}

/** What a call of the chat needs: a member's token, unless the RPC is open, and the budget of its address. */
export interface Admission {
  /**
   * The calling member. A call may ask twice, before its body and after it: a valid token costs nothing, and one that is
   * not spends nothing of what the members behind its address share.
   */
  authenticate(rpc: string, authorization: string | null | undefined, caller: Caller): Promise<Member>;
  readonly enter: Enter;
}

export function createAdmission(
  room: Pick<Room, "authenticate" | "authenticateOwner" | "knows" | "isRateLimited">,
  budgets: AddressBudgets,
): Admission {
  async function authenticate(
    rpc: string,
    authorization: string | null | undefined,
    caller: Caller,
  ): Promise<Member> {
    const owner = posting.has(rpc) ? basicOf(authorization) : undefined;
    if (owner) return room.authenticateOwner({ ...owner, address: addressOf(caller) });
    const token = tokenOf(authorization);
    const { budget: address } = caller;
    if (budgets.isSpent("wrong_tokens", address) && !room.knows(token))
      budgets.spend("wrong_tokens", address);
    try {
      return await room.authenticate(token, addressOf(caller));
    } catch (error) {
      if (error instanceof Refusal && error.reason === "NOT_LOGGED_IN")
        budgets.charge("wrong_tokens", address);
      throw error;
    }
  }

  function charge(rpc: string, address: string, member: Member | undefined): void {
    const cost = costs.get(rpc);
    // The room refuses it, unless it is a retry: one member's flood must not spend what those beside it share.
    const isFree = cost?.budget === "messages" && member !== undefined && room.isRateLimited(member);
    if (cost && !isFree) budgets.spend(cost.budget, address, cost.cost);
  }

  return {
    authenticate,
    async enter(rpc, authorization, caller, known) {
      const member = known ?? (open.has(rpc) ? undefined : await authenticate(rpc, authorization, caller));
      charge(rpc, caller.budget, member);
      return member;
    },
  };
}

/** Where a call comes from, as the room has it. */
export const addressOf = ({ address, budget }: Caller): Address => ({ ip: address, budget });

/** Admits the caller before any handler runs. */
export function createGate({ enter }: Admission): Interceptor {
  return (next) => async (request) => {
    const { service, method, header, contextValues } = request;
    if (ofRoom.has(service.typeName)) {
      const caller = contextValues.get(callerKey);
      contextValues.set(memberKey, await enter(method.name, header.get("authorization"), caller));
    }
    return next(request);
  };
}

export interface ErrorDesk {
  readonly fallback: Locale;
  readonly observe: Observer;
}

export function createToError({ fallback, observe }: ErrorDesk): ToError {
  /** Of the ends of feeds: what ends one often ends thousands at once. */
  const ends = new WeakMap<Refusal, Map<Locale, ConnectError>>();

  function endOf(refusal: Refusal, locale: Locale): ConnectError {
    const known = ends.get(refusal) ?? new Map<Locale, ConnectError>();
    const error = known.get(locale) ?? refusalToConnect(refusal, locale);
    ends.set(refusal, known.set(locale, error));
    return error;
  }

  return (error, rpc, acceptLanguage, address) => {
    if (error instanceof ConnectError) {
      observe({ kind: "call_refused", rpc, reason: codeToString(error.code), address });
      return error;
    }
    const locale = localeOfHeader(acceptLanguage, fallback);
    const refusal = refusalOf(error);
    if (refusal) {
      // Observed where it was decided.
      if (error instanceof FeedEnded) return endOf(refusal, locale);
      const { reason, detail } = refusal;
      observe({ kind: "call_refused", rpc, reason, address, ...detail.spent });
      return refusalToConnect(refusal, locale);
    }
    observe({ kind: "call_failed", rpc, error });
    return new ConnectError(wording[locale].internal, Code.Internal);
  };
}

/** The refusal for each end of a feed that has none of its own. */
const refusals = Object.fromEntries(
  Object.entries(endReasons).map(([reason, { refusal, rule }]) => [
    reason,
    new Refusal(refusal, rule === undefined ? {} : { rule }),
  ]),
) as Readonly<Record<EndReason, Refusal>>;

/** The refusal that the caller receives; undefined for a defect. */
function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof FeedEnded) {
    if (error.cause instanceof Refusal) return error.cause;
    return refusals[error.reason];
  }
  return error instanceof Unavailable ? new Refusal("STORE_UNAVAILABLE", {}, { cause: error }) : undefined;
}

/** Translates what the room throws into what callers receive. */
export function createErrorDesk(toError: ToError): Interceptor {
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

/** Who makes a call that Connect serves, as the gate authenticated it. */
export function whoOf({ values, requestHeader }: Pick<HandlerContext, "values" | "requestHeader">): Who {
  const authorization = requestHeader.get("authorization");
  return { member: values.get(memberKey), caller: values.get(callerKey), authorization };
}

/** The calling member. Refuses with NOT_LOGGED_IN. */
export function memberOf({ member }: Pick<Who, "member">): Member {
  if (!member) throw new Refusal("NOT_LOGGED_IN");
  return member;
}

/** The same of a call that Connect serves. */
export const callingMember = (ctx: Pick<HandlerContext, "values" | "requestHeader">): Member =>
  memberOf(whoOf(ctx));
