import { Code, ConnectError, type ConnectRouter, type Interceptor } from "@connectrpc/connect";
import { Health as HealthService } from "../gen/health/v1/health_pb.js";
import { ChatService } from "../gen/parlance/v1/chat_service_pb.js";
import { ErrorDetailSchema } from "../gen/parlance/v1/errors_pb.js";
import { ModerationService } from "../gen/parlance/v1/moderation_service_pb.js";
import type { Config } from "./cli/settings.js";
import { identityOfHeader } from "./external/identity.js";
import { Feed, type FeedStats } from "./feed/feed.js";
import { createHealth, type Health } from "./ops/health.js";
import { reflectionRoutes } from "./ops/reflection.js";
import { AddressBudgets } from "./room/members/address-budgets.js";
import type { Observer } from "./room/observer.js";
import type { Clock, Ids, Store } from "./room/ports.js";
import { openRoom, type Room } from "./room/room.js";
import type { RoomSettings } from "./room/settings.js";
import { createAdmission, createErrorDesk, createGate, createToError, needsToken } from "./rpc/auth.js";
import { createExplain } from "./rpc/errors.js";
import { commandWords } from "./rpc/help.js";
import { limitsOf, type RequestLimits } from "./rpc/limits.js";
import type { ReadToken } from "./rpc/login.js";
import { byOperator, byToken, moderationRoutes } from "./rpc/moderation/service.js";
import { type ChatOptions, chatRoutes, fastRoutes } from "./rpc/routes.js";
import { CountedGuesses } from "./secrets/guesses.js";
import { ScryptSecrets } from "./secrets/scrypt.js";
import type { AdapterOptions } from "./wire/adapter.js";
import { decodeDetails, decodeUser, encodeEvent } from "./wire/codec/event.js";
import type { FastPathOptions } from "./wire/fast-path/fast-path.js";

export type BackendSettings = Pick<
  Config,
  | "locale"
  | "graceMs"
  | "idleMs"
  | "heartbeatMs"
  | "motd"
  | "entry"
  | "trustHeader"
  | "keepDays"
  | "nameDays"
  | "maxRegistrations"
  | "rate"
  | "burst"
  | "maxMembers"
  | "maxFeeds"
  | "maxTextBytes"
  | "maxTextLines"
  | "reservedNames"
  | "ringEvents"
  | "ringBytes"
  | "stallMs"
  | "addressLogins"
  | "addressMessages"
  | "addressReads"
  | "moderation"
>;

export interface BackendOptions {
  readonly settings: BackendSettings;
  readonly store: Store;
  readonly requestLimits: RequestLimits;
  /** What admits guests where entry is invite; empty: none. */
  readonly passphrase: string;
  /** Reads the access tokens of an application; undefined: none are taken. */
  readonly readToken: ReadToken | undefined;
  /** Name and version of the server's software. */
  readonly software: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observe: Observer;
}

/** Everything behind the port: the room, its feeds and their services. */
export interface Backend {
  readonly routes: (router: ConnectRouter) => void;
  readonly interceptors: Interceptor[];
  /** Refuses those without a token before their body is read; the interceptors ask again when it is there. */
  readonly admit: NonNullable<AdapterOptions["admit"]>;
  /** The words for requests that reach no RPC. */
  readonly explain: AdapterOptions["explain"];
  /** Calls that may be served without Connect. */
  readonly fastPath: Pick<FastPathOptions, "calls" | "streams" | "enter" | "toError">;
  /** What the operator's socket serves. */
  readonly admin: Pick<Backend, "routes" | "interceptors">;
  /** Not serving until it is set so. */
  readonly health: Health;
  /** How many are open. */
  feeds(): number;
  stats(): FeedStats & {
    readonly members: number;
    readonly silent: number;
    readonly registered: number;
    readonly closed: number;
    readonly addresses: ReturnType<AddressBudgets["tracked"]>;
    readonly sharing: ReturnType<Room["sharing"]>;
  };
  /** Ends the feeds that are open with a goodbye, within two seconds; calls are served as before. */
  endFeeds(): Promise<void>;
  /** Refuses new calls and ends every feed with a goodbye. */
  endStreams(): void;
  /** Closes the room and the store; what is still open is lost. */
  close(): Promise<void>;
}

/** Largest `backlog` of a Subscribe, in events. */
const MAX_BACKLOG = 500;
const DAY_MS = 86_400_000;

/** Opens the room on an open store. */
export async function openBackend(options: BackendOptions): Promise<Backend> {
  const { settings, store, requestLimits, software, clock, ids, observe } = options;
  const { heartbeatMs, locale } = settings;
  // Every one by name, so that a new one that no setting fills does not compile.
  const roomSettings: RoomSettings = {
    graceMs: settings.graceMs,
    idleMs: settings.idleMs,
    messagesPerSecond: settings.rate,
    messageBurst: settings.burst,
    maxMembers: settings.maxMembers,
    maxFeedsPerMember: settings.maxFeeds,
    maxTextBytes: settings.maxTextBytes,
    maxTextLines: settings.maxTextLines,
    reservedNames: [...commandWords, ...settings.reservedNames],
    motd: settings.motd,
    entry: settings.entry,
    passphrase: options.passphrase,
    keepMs: settings.keepDays * DAY_MS,
    unusedNamesMs: settings.nameDays === 0 ? Number.POSITIVE_INFINITY : settings.nameDays * DAY_MS,
    maxRegistrations: settings.maxRegistrations,
  };

  let opened: Room | undefined;
  const feed = new Feed({
    log: store.log,
    clock,
    observe,
    // There are no readers before the room is open.
    concernedBy: (entry) => opened?.concernedBy(entry) ?? [],
    heartbeatMs,
    ringEvents: settings.ringEvents,
    ringBytes: settings.ringBytes,
    slowConsumers: { stallMs: settings.stallMs },
  });
  const room = await openRoom({
    store,
    clock,
    ids,
    observe,
    encode: encodeEvent,
    decodeUser,
    decodeDetails,
    settings: roomSettings,
    secrets: new ScryptSecrets(),
    guesses: new CountedGuesses(),
    recentEntries: settings.ringEvents,
    deliver: (entry, epoch, online) => feed.deliver(entry, epoch, online),
    lost: (resume, online) => feed.reset(resume, online),
  });
  opened = room;
  const budgets = new AddressBudgets({
    rates: {
      logins: settings.addressLogins,
      messages: settings.addressMessages,
      reads: settings.addressReads,
    },
    maxMembers: roomSettings.maxMembers,
    clock,
    onShared: (address, members) => observe({ kind: "address_shared", address, members }),
  });
  const admission = createAdmission(room, budgets);
  const services = [ChatService, ...(settings.moderation ? [ModerationService] : [])];
  const health = createHealth(services.map(({ typeName }) => typeName));
  const toError = createToError({ fallback: locale, observe });
  const chat: ChatOptions = {
    room,
    feed,
    budgets,
    clock,
    limits: limitsOf({
      settings: roomSettings,
      maxBacklog: MAX_BACKLOG,
      heartbeatMs,
      durable: store.durable,
      moderation: settings.moderation,
      ...requestLimits,
    }),
    software,
    ...(options.readToken && { readToken: options.readToken }),
    identityOfUser: (user) => identityOfHeader(settings.trustHeader, user),
    locale,
    toError,
  };
  const routes = chatRoutes(chat);
  // For these services alone: Connect adds a listener to such a signal for each call, and with thousands of feeds each
  // call would walk that list. Feeds are ended by the feed.
  const ending = new AbortController();
  const reflection = reflectionRoutes([...services, HealthService], [ErrorDetailSchema.file]);

  return {
    routes(router) {
      routes(router);
      if (settings.moderation) moderationRoutes(room, byToken)(router);
      health.routes(router, { shutdownSignal: ending.signal });
      reflection(router, { shutdownSignal: ending.signal });
    },
    interceptors: [createErrorDesk(toError), createGate(admission)],
    admin: {
      routes: moderationRoutes(room, byOperator),
      interceptors: [createErrorDesk(toError)],
    },
    explain: createExplain(locale),
    fastPath: {
      ...fastRoutes(chat),
      enter: admission.enter,
      toError,
    },
    admit: ({ service, method }, headers, caller) =>
      needsToken(service.typeName, method.name)
        ? admission.authenticate(method.name, headers.authorization, caller).catch((error: unknown) => {
            throw toError(error, method.name, headers["accept-language"], caller.address);
          })
        : undefined,
    health,
    feeds: () => feed.size,
    stats: () => ({
      ...feed.stats(),
      ...room.counts(),
      registered: room.registered,
      closed: room.closed,
      addresses: budgets.tracked(),
      sharing: room.sharing(),
    }),
    endFeeds: () => room.endFeeds(),
    endStreams() {
      room.beginShutdown();
      feed.endAll("SHUTTING_DOWN");
      ending.abort(new ConnectError("server is shutting down", Code.Unavailable));
    },
    async close() {
      await room.close();
      await store.close();
    },
  };
}
