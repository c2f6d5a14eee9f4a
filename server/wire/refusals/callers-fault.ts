/** Errors that Connect takes for the server's, although the caller caused them: what a request has that cannot be read. */
import { base64Decode } from "@bufbuild/protobuf/wire";
import { Code, ConnectError, type ConnectRouterOptions, type HandlerContext } from "@connectrpc/connect";

/** Connect's message for a body that is no protobuf. */
const UNREADABLE = /^parse binary: /;

/**
 * Makes of an error what may leave, whatever the protocol. Its message is well-formed Unicode: gRPC percent-encodes it,
 * which throws for a lone surrogate, and JSON would carry that on. A body that cannot be read is the caller's fault.
 */
export function adjustError(error: unknown): void {
  if (!(error instanceof ConnectError)) return;
  const changed = error as { -readonly [K in keyof ConnectError]: ConnectError[K] };
  if (!error.rawMessage.isWellFormed()) {
    changed.rawMessage = error.rawMessage.toWellFormed();
    changed.message = error.message.toWellFormed();
  }
  if (error.code === Code.Internal && UNREADABLE.test(error.rawMessage)) {
    changed.code = Code.InvalidArgument;
    changed.message = error.message.replace("[internal]", "[invalid_argument]");
  }
}

/**
 * Connect aborts a call with its error before it encodes that for any protocol, and errors of parsing pass no
 * interceptor: this is the only place that sees each error. The signal alone shows the first: where a deadline has passed
 * before, an error of parsing would leave as it is.
 */
export function watchErrors(context: HandlerContext): void {
  const { signal, requestMethod, url } = context;
  signal.addEventListener("abort", () => adjustError(signal.reason), { once: true });
  const call = context as HandlerContext & { abort?: (reason?: unknown) => void };
  const { abort } = call;
  if (abort)
    call.abort = (reason) => {
      adjustError(reason);
      abort(reason);
    };
  if (requestMethod === "GET") checkBase64(new URL(url).searchParams);
}

/** Connect reports base64 that cannot be read as a fault of the server's. */
function checkBase64(query: URLSearchParams): void {
  if (query.get("base64") !== "1") return;
  try {
    base64Decode(query.get("message") ?? "");
  } catch {
    throw new ConnectError("the message is not in base64", Code.InvalidArgument);
  }
}

type Compression = NonNullable<ConnectRouterOptions["acceptCompression"]>[number];

/** Bytes that cannot be decompressed are the sender's fault; Connect reports only some of them as such. */
export function blameSender(compression: Compression): Compression {
  return {
    ...compression,
    decompress: async (bytes, readMaxBytes) => {
      try {
        return await compression.decompress(bytes, readMaxBytes);
      } catch (error) {
        if (error instanceof ConnectError && error.code !== Code.Internal) throw error;
        throw new ConnectError("decompression failed", Code.InvalidArgument, undefined, undefined, error);
      }
    },
  };
}
