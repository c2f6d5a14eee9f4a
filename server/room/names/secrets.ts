import { Refusal } from "../errors.js";
import type { Address } from "../identity.js";

/** 160 bits cannot be guessed, so that they are stored under a fast hash. */
const GENERATED_BYTES = 20;
const PREFIX = "prl_";
const GENERATED = /^prl_[A-Za-z0-9_-]{27}$/;
/** Of a chosen secret, in bytes of UTF-8. */
const MIN_CHOSEN_BYTES = 8;
export const MAX_SECRET_BYTES = 128;

/** A new secret. Its prefix lets a search for leaked secrets find it. */
export function generateSecret(ids: { random(bytes: number): string }): string {
  return `${PREFIX}${ids.random(GENERATED_BYTES)}`;
}

/**
 * Whether a secret has the form of those that servers generate. Which hash is computed depends on this alone, so that the
 * time of a refused Login says nothing about the nickname.
 */
export function isGenerated(secret: string): boolean {
  return GENERATED.test(secret);
}

/** Refuses a chosen secret with SECRET_INVALID that is too short or too long. */
export function checkChosen(secret: string): void {
  const bytes = new TextEncoder().encode(secret).length;
  const field = "secret";
  if (bytes < MIN_CHOSEN_BYTES)
    throw new Refusal("SECRET_INVALID", { field, rule: "too_short", limit: MIN_CHOSEN_BYTES });
  if (bytes > MAX_SECRET_BYTES)
    throw new Refusal("SECRET_INVALID", { field, rule: "too_long", limit: MAX_SECRET_BYTES });
}

/** Hashes of secrets, and comparing with them. Rejects with RATE_LIMITED where too many wait. */
export interface Secrets {
  /** What is stored instead of the secret, with all that is needed to verify it later. */
  hash(secret: string): Promise<string>;
  /** `stored`: undefined if there is none, which takes the same time. */
  verify(secret: string, stored: string | undefined): Promise<boolean>;
}

/**
 * Slows down those who guess. Attempts are counted by address and by subject, which is the nickname, or empty where it does
 * not matter. Of this process alone.
 */
export interface Guesses {
  /** After how long another attempt is taken; 0: now. */
  waitMs(subject: string, address: Address): Promise<number>;
  failed(subject: string, address: Address): Promise<void>;
  /** From here on the address is admitted to the subject while others are kept out of it. */
  succeeded(subject: string, address: Address): void;
}
