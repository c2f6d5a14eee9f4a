import { createHash } from "node:crypto";
import type { ExternalIdentity } from "../room/identity.js";

/** 144 bits of a hash: too many to find a second subject with the same id. */
const ID_LENGTH = 24;

/** The member id of a person whom an issuer vouches for. */
export function externalId(issuer: string, subject: string): string {
  const hash = createHash("sha256").update(JSON.stringify([issuer, subject]));
  return hash.digest("base64url").slice(0, ID_LENGTH);
}

/** Of the header of a trusted proxy, which names the person and nothing else. `header`: its name. */
export function identityOfHeader(header: string, user: string): ExternalIdentity {
  return { id: externalId(`header:${header}`, user), nickname: user };
}
