import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

/** What is wrong with a file of certificates. `code`: the system's, such as ENOENT; `number`: from 1. */
type FileProblem =
  | { readonly what: "unreadable"; readonly code: string }
  | { readonly what: "empty" }
  | { readonly what: "invalid"; readonly number: number };

export class AuthoritiesError extends Error {
  override readonly name = "AuthoritiesError";

  constructor(
    readonly problem: FileProblem,
    options?: ErrorOptions,
  ) {
    super(`certificates: ${problem.what}`, options);
  }
}

/** The certificates in a PEM file, at least one; what is around them is skipped. Throws AuthoritiesError. */
export function readAuthorities(path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new AuthoritiesError({ what: "unreadable", code }, { cause: error });
  }
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new AuthoritiesError({ what: "empty" });
  for (const [index, one] of found.entries()) {
    try {
      new X509Certificate(one);
    } catch (error) {
      throw new AuthoritiesError({ what: "invalid", number: index + 1 }, { cause: error });
    }
  }
  return found;
}
