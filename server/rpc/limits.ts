import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Feature, type Limits, LimitsSchema } from "../../gen/parlance/v1/limits_pb.js";
import type { RoomSettings } from "../room/settings.js";
import { MAX_PAGE_SIZE, MAX_REQUEST_ID_BYTES } from "../room/verbs/guards.js";

/** What the port takes of a request. */
export interface RequestLimits {
  /** Of a request's message, after decompression. */
  readonly maxRequestBytes: number;
  /** Of a request's header fields together. */
  readonly maxHeaderBytes: number;
  readonly maxHeaderFields: number;
}

export interface LimitsSource extends RequestLimits {
  readonly settings: RoomSettings;
  /** Events. */
  readonly maxBacklog: number;
  readonly heartbeatMs: number;
  /** Whether the store outlives the process. */
  readonly durable: boolean;
  /** Whether ModerationService is on this port. */
  readonly moderation: boolean;
}

const MAX_NICKNAME_GRAPHEMES = 24;

/** The limits and features that Login and hello announce; made once for a server. */
export function limitsOf({ settings, durable, moderation, ...source }: LimitsSource): Limits {
  return create(LimitsSchema, {
    maxTextBytes: settings.maxTextBytes,
    maxTextLines: settings.maxTextLines,
    maxNicknameGraphemes: MAX_NICKNAME_GRAPHEMES,
    messagesPerSecond: settings.messagesPerSecond,
    messageBurst: settings.messageBurst,
    maxBacklog: source.maxBacklog,
    heartbeatInterval: durationFromMs(source.heartbeatMs),
    grace: durationFromMs(settings.graceMs),
    maxFeedsPerMember: settings.maxFeedsPerMember,
    maxPageSize: MAX_PAGE_SIZE,
    maxRequestIdBytes: MAX_REQUEST_ID_BYTES,
    maxRequestBytes: source.maxRequestBytes,
    maxHeaderBytes: source.maxHeaderBytes,
    maxHeaderFields: source.maxHeaderFields,
    features: [
      ...(durable ? [Feature.DURABLE] : []),
      Feature.REGISTRATION,
      ...(moderation ? [Feature.MODERATION] : []),
      Feature.REDACTION,
      Feature.SEARCH,
      Feature.REPLIES,
      Feature.EDITING,
    ],
  });
}
