/** Tokens of the application that embeds the room (docs/embedding.md). */

/** Returns a token for the application's user; null or "" if no user is signed in there. */
export type AskToken = () => Promise<string | null>;

/** The user is not signed in at the application, or no longer. */
export class SignedOut extends Error {}

/** The application could not be asked. */
export class TokenUnavailable extends Error {}

/** As the session library asks for tokens. */
export function tokenOrError(ask: AskToken): () => Promise<string> {
  return async () => {
    const token = await ask().catch((cause: unknown) => {
      throw new TokenUnavailable("the application has no token at present", { cause });
    });
    if (!token) throw new SignedOut("not signed in");
    return token;
  };
}
