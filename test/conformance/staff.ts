import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ModerationService } from "../../gen/parlance/v1/moderation_service_pb.js";
import { Role } from "../../gen/parlance/v1/user_pb.js";
import type { Person } from "../support/people.js";
import { onServer } from "./servers.js";
import type { Target } from "./target.js";

type Moderation = Client<typeof ModerationService>;

/** A room with people of every role, on a server of its own. */
export interface Staffed {
  readonly target: Target;
  readonly owner: Person;
  readonly moderator: Person;
  readonly member: Person;
  /** Over the protocol that is checked. */
  readonly acts: Moderation;
  /** As the operator. */
  readonly operator: Moderation;
  /** The secret of the moderator. */
  readonly secret: string;
}

/**
 * Runs a check in such a room; the operator makes the first owner, so the suite has to have started the server. `start`:
 * how; by default in memory.
 */
export async function staffed(
  target: Target,
  check: (room: Staffed) => Promise<void>,
  start: typeof onServer = onServer,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "parlance-staff-"));
  const socket = join(folder, "admin");
  try {
    const flags = ["--admin-socket", socket, "--grace", "5s"];
    await start(target, "a server whose operator makes an owner", flags, async (own) => {
      const operator = createClient(
        ModerationService,
        createConnectTransport({
          baseUrl: "http://localhost",
          httpVersion: "1.1",
          nodeOptions: { socketPath: socket },
        }),
      );
      const acts = createClient(ModerationService, own.transport);
      const owner = await own.join();
      const moderator = await own.join();
      const member = await own.join();
      await owner.chat.registerNickname({}, owner.options);
      const { secret } = await moderator.chat.registerNickname({}, moderator.options);
      await operator.updateNickname({ nickname: owner.nickname, role: Role.OWNER });
      await acts.updateNickname({ nickname: moderator.nickname, role: Role.MODERATOR }, owner.options);
      await check({ target: own, owner, moderator, member, acts, operator, secret });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const byName = ({ nickname }: Pick<Person, "nickname">) =>
  ({ case: "nickname", value: nickname }) as const;
export const byId = ({ id }: Pick<Person, "id">) => ({ case: "userId", value: id }) as const;
export const seconds = (count: number) => ({ seconds: BigInt(count), nanos: 0 });
