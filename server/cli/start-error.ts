import { type Address, writeAddress } from "./values.js";

/** The server cannot start; the message is one line for the operator. */
export class StartError extends Error {
  static {
    StartError.prototype.name = "StartError";
  }
}

/** Listens. Returns the address that was bound. Rejects with a StartError. `flag`: the setting of the address. */
export function bind(
  listener: { listen(): Promise<Address> },
  wanted: Address,
  flag: string,
): Promise<Address> {
  return listener.listen().catch((error: NodeJS.ErrnoException) => {
    throw listenError(error, writeAddress(wanted), flag);
  });
}

/** An error of listen() as one line for the operator. */
export function listenError(error: NodeJS.ErrnoException, address: string, flag: string): StartError {
  switch (error.code) {
    case "EADDRINUSE":
      return new StartError(
        `${address} is in use; is another server running? (${flag} takes another address)`,
        { cause: error },
      );
    case "EACCES":
      return new StartError(`${address} cannot be used by this user (${flag} takes another address)`, {
        cause: error,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new StartError(`${address} is not an address of this machine (${flag} takes another one)`, {
        cause: error,
      });
    default:
      return new StartError(`cannot listen on ${address}: ${error.message}`, { cause: error });
  }
}
