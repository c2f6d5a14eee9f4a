import { readFileSync } from "node:fs";

/** As long as LoginRequest.invite may be. */
const MAX_BYTES = 128;

/** The passphrase is not in the file; the message is one line for the operator. */
export class PassphraseError extends Error {
  static {
    PassphraseError.prototype.name = "PassphraseError";
  }
}

/** The passphrase in a file: its one line, without the end of the line. Throws PassphraseError. */
export function readPassphrase(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new PassphraseError(`cannot read the passphrase: ${(error as Error).message}`, { cause: error });
  }
  const bytes = new TextEncoder().encode(text).length;
  if (bytes === 0 || bytes > MAX_BYTES || /[\r\n]/.test(text))
    throw new PassphraseError(`the passphrase in ${path} is not one line of 1 to ${MAX_BYTES} bytes`);
  return text;
}
