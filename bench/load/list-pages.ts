import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ListUsersRequestSchema, ListUsersResponseSchema } from "../../gen/parlance/v1/chat_service_pb.js";

/** More than any page may have: the server then uses its maximum. */
const pageSize = 1_000_000;

/** The request message for a page; the first has an empty token. */
export function listRequest(pageToken: string): Buffer {
  return Buffer.from(
    toBinary(ListUsersRequestSchema, create(ListUsersRequestSchema, { pageSize, pageToken })),
  );
}

/** Fetches page after page by `call`, which resolves with a response message; resolves with the number of members. */
export async function listAll(call: (pageToken: string) => Promise<Buffer>): Promise<number> {
  let count = 0;
  let token = "";
  do {
    const { users, nextPageToken } = fromBinary(ListUsersResponseSchema, await call(token));
    count += users.length;
    token = nextPageToken;
  } while (token !== "");
  return count;
}
