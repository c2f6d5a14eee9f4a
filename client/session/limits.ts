import { durationMs } from "@bufbuild/protobuf/wkt";
import { Feature as FeatureNumber, type Limits as LimitsMessage } from "../../gen/parlance/v1/limits_pb.js";

/** The names of Feature; a client skips those of a later schema. */
export type Feature = Exclude<keyof typeof FeatureNumber, "UNSPECIFIED">;

/** What the server accepts and promises, see `Limits` in the schema. */
export interface Limits {
  /** Bytes of UTF-8. */
  readonly maxTextBytes: number;
  readonly maxTextLines: number;
  /** Events that a fresh feed may replay. */
  readonly maxBacklog: number;
  /** Bytes of UTF-8. */
  readonly maxRequestIdBytes: number;
  /** Feeds that a member may have open; one more ends the oldest. */
  readonly maxFeedsPerMember: number;
  /** How long a member stays in the room without a connection. */
  readonly graceMs: number;
  readonly features: readonly Feature[];
}

/** Before the server has sent its own, nothing is refused or cut here. */
export const UNKNOWN_LIMITS: Limits = {
  maxTextBytes: Number.POSITIVE_INFINITY,
  maxTextLines: Number.POSITIVE_INFINITY,
  maxBacklog: Number.POSITIVE_INFINITY,
  maxRequestIdBytes: Number.POSITIVE_INFINITY,
  maxFeedsPerMember: Number.POSITIVE_INFINITY,
  graceMs: 0,
  features: [],
};

export function limitsOf(message: LimitsMessage): Limits {
  const { maxTextBytes, maxTextLines, maxBacklog, maxRequestIdBytes, maxFeedsPerMember, grace } = message;
  const features = message.features.flatMap((feature) => {
    const name = FeatureNumber[feature] as keyof typeof FeatureNumber | undefined;
    return name === undefined || name === "UNSPECIFIED" ? [] : [name];
  });
  const graceMs = grace ? durationMs(grace) : 0;
  return { maxTextBytes, maxTextLines, maxBacklog, maxRequestIdBytes, maxFeedsPerMember, graceMs, features };
}

/** A `page_size` that the server reduces to its maximum. */
export const LARGEST_PAGE = 0xffff_ffff;
