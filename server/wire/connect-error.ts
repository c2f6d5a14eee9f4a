import { create, toBinary, toJson } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";

/** HTTP status of a code. Source: https://connectrpc.com/docs/protocol#error-codes */
const statuses: Partial<Record<Code, number>> = {
  [Code.InvalidArgument]: 400,
  [Code.FailedPrecondition]: 400,
  [Code.Unauthenticated]: 401,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.ResourceExhausted]: 429,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DeadlineExceeded]: 504,
};

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** An error as the Connect protocol answers it to a unary call: https://connectrpc.com/docs/protocol#error-end-stream */
export function errorAnswer(error: ConnectError): ErrorAnswer {
  const details = error.details.map((detail) => {
    if (!("desc" in detail)) return detail;
    const message = create(detail.desc, detail.value);
    const value = Buffer.from(toBinary(detail.desc, message)).toString("base64").replaceAll("=", "");
    return { type: detail.desc.typeName, debug: toJson(detail.desc, message), value };
  });
  const name = Code[error.code].replace(/\B[A-Z]/g, "_$&").toLowerCase();
  return {
    status: statuses[error.code] ?? 500,
    headers: Object.fromEntries(error.metadata),
    body: JSON.stringify({
      code: name,
      ...(error.rawMessage !== "" && { message: error.rawMessage }),
      ...(details.length > 0 && { details }),
    }),
  };
}
