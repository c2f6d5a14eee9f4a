import { readFileSync, statSync } from "node:fs";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import { Refusal } from "../room/errors.js";
import type { ExternalIdentity, Role } from "../room/identity.js";
import { externalId } from "./identity.js";

/** Bytes of the subject at most (OpenID Connect Core 1.0, section 2). */
const MAX_SUBJECT_LENGTH = 255;
/** Bytes of a shared secret at least (RFC 7518, section 3.2: as many as SHA-256 has). */
const MIN_SECRET_BYTES = 32;
/** Of a signature by a private key, whose public half the application publishes. */
const ASYMMETRIC = ["ES256", "ES384", "RS256", "PS256", "EdDSA", "Ed25519"];
const SYMMETRIC = ["HS256"];
const ROLES: ReadonlyMap<string, Role> = new Map([
  ["moderator", "MODERATOR"],
  ["owner", "OWNER"],
]);
/** How soon after one look for new keys the next one follows, so that tokens with made-up keys cause no work. */
const COOLDOWN_MS = 10_000;
const FETCH_TIMEOUT_MS = 3_000;
/** How long to wait before a Login is tried again while the keys cannot be read. */
const RETRY_MS = 1_000;

/** What the application signs its tokens with. */
export type AccessKeys =
  /** A set of public keys (RFC 7517): a file, read again when it has changed, or an address. */
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "url"; readonly url: string }
  /** A file with a secret that both know; a line end behind it does not count. */
  | { readonly kind: "secret-file"; readonly path: string };

export interface AccessTokenOptions {
  readonly keys: AccessKeys;
  readonly issuer: string;
  readonly audience: string;
  /** ms since 1970. */
  readonly now: () => number;
  /** The keys cannot be read; those known before go on being used. */
  readonly onKeysFailed: (error: unknown) => void;
}

/**
 * Reads tokens (RFC 7519) and returns whom they name; refuses with ACCESS_TOKEN_INVALID. Throws if a file cannot be used.
 */
export function accessTokens(options: AccessTokenOptions): (token: string) => Promise<ExternalIdentity> {
  const { keys, issuer, audience, now } = options;
  const isShared = keys.kind === "secret-file";
  const getKey = isShared ? shared(keys.path) : published(keys, options);
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, getKey, {
        issuer,
        audience,
        algorithms: isShared ? SYMMETRIC : ASYMMETRIC,
        requiredClaims: ["sub", "exp"],
        currentDate: new Date(now()),
      });
      return identityOf(payload, issuer);
    } catch (error) {
      throw explained(error);
    }
  };
}

function identityOf(
  { sub, exp, nickname, preferred_username, name, role, bot }: JWTPayload,
  issuer: string,
): ExternalIdentity {
  if (typeof sub !== "string" || sub === "" || sub.length > MAX_SUBJECT_LENGTH) throw refused("claims");
  const shown = [nickname, preferred_username, name].find((claim) => claim !== undefined) ?? "";
  if (typeof shown !== "string" || typeof exp !== "number") throw refused("claims");
  const known = typeof role === "string" ? ROLES.get(role) : undefined;
  return {
    id: externalId(issuer, sub),
    nickname: shown,
    ...(known && { role: known }),
    bot: bot === true,
    expiresAt: exp * 1_000,
  };
}

function shared(path: string): JWTVerifyGetKey {
  const secret = Buffer.from(readFileSync(path, "utf8").replace(/\r?\n$/, ""));
  if (secret.length < MIN_SECRET_BYTES)
    throw new Error(`${path} has ${secret.length} bytes; a secret has at least ${MIN_SECRET_BYTES}`);
  return () => Promise.resolve(secret);
}

function published(
  keys: Exclude<AccessKeys, { kind: "secret-file" }>,
  options: AccessTokenOptions,
): JWTVerifyGetKey {
  const find = keys.kind === "url" ? fetched(keys.url) : fromFile(keys.path, options);
  let failedMs = Number.NEGATIVE_INFINITY;
  return async (header, token) => {
    // Anyone can send a token, and each would be another request to the application.
    if (options.now() - failedMs < RETRY_MS) throw refused("no_keys", RETRY_MS);
    try {
      return await find(header, token);
    } catch (error) {
      if (isOfToken(error)) throw error;
      failedMs = options.now();
      options.onKeysFailed(error);
      throw refused("no_keys", RETRY_MS, error);
    }
  };
}

function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

function fetched(url: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), {
    cooldownDuration: COOLDOWN_MS,
    timeoutDuration: FETCH_TIMEOUT_MS,
  });
}

/** Reads the file again when it has changed, so that a key that was taken out is refused from then on. */
function fromFile(path: string, { onKeysFailed }: AccessTokenOptions): JWTVerifyGetKey {
  let find = createLocalJWKSet(readKeys(path));
  let readMs = statSync(path).mtimeMs;

  function readAgain(): void {
    try {
      const { mtimeMs } = statSync(path);
      if (mtimeMs === readMs) return;
      find = createLocalJWKSet(readKeys(path));
      readMs = mtimeMs;
    } catch (error) {
      onKeysFailed(error);
    }
  }

  return (header: JWTHeaderParameters, token: FlattenedJWSInput) => {
    readAgain();
    return find(header, token);
  };
}

function readKeys(path: string): JSONWebKeySet {
  return JSON.parse(readFileSync(path, "utf8")) as JSONWebKeySet;
}

/** `rule`: for the sentence that the caller receives. */
function refused(rule: string, retryDelayMs?: number, cause?: unknown): Refusal {
  const detail = { field: "access_token", rule, ...(retryDelayMs !== undefined && { retryDelayMs }) };
  return new Refusal("ACCESS_TOKEN_INVALID", detail, cause === undefined ? undefined : { cause });
}

function explained(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  if (error instanceof errors.JWTExpired) return refused("expired", undefined, error);
  if (error instanceof errors.JWTClaimValidationFailed) {
    const rules: Readonly<Record<string, string>> = { iss: "issuer", aud: "audience", nbf: "not_yet" };
    return refused(rules[error.claim] ?? "claims", undefined, error);
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return refused("algorithm", undefined, error);
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  )
    return refused("signature", undefined, error);
  if (error instanceof errors.JOSEError) return refused("malformed", undefined, error);
  return error;
}
