import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ListUsersRequestSchema, ListUsersResponse } from "../../gen/parlance/v1/chat_service_pb.js";
import type { User } from "../../gen/parlance/v1/user_pb.js";

export interface Users {
  /** By the server's order of nicknames. */
  readonly users: readonly User[];
  /** Everyone here; more than `users` if the list was cut. */
  readonly total: number;
}

/** The schema's greatest page. */
const PAGE_SIZE = 500;

/** Reads pages until everyone or `most` are listed. */
export async function listUsers(
  page: (request: MessageInitShape<typeof ListUsersRequestSchema>) => Promise<ListUsersResponse>,
  most: number,
): Promise<Users> {
  const users: User[] = [];
  let pageToken = "";
  let total = 0;
  do {
    const answer = await page({ pageSize: Math.min(PAGE_SIZE, most - users.length), pageToken });
    users.push(...answer.users);
    total = answer.total;
    pageToken = answer.users.length > 0 ? answer.nextPageToken : "";
  } while (pageToken && users.length < most);
  return { users, total };
}
