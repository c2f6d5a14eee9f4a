/** The server cannot start; the message is one line for the operator. */
export class StartError extends Error {
  static {
    StartError.prototype.name = "StartError";
  }
}

/** An error of listen() as one line for the operator. `flag`: the setting of the address. */
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
