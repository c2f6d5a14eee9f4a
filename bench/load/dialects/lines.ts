import type { Dialect } from "../dialect.js";
import type { Link } from "../link.js";
import { oneWayPublisher } from "../stamped.js";

async function greet(link: Link, role: "S" | "P", nickname: string): Promise<void> {
  link.write(`${role} ${nickname}\n`);
  await link.until((seen) => seen.includes("ok\n") || undefined);
}

/** Plain lines, the protocol of the floor and thread servers: `S NAME` subscribes, `P NAME` publishes. */
export const lines: Dialect = {
  enter:
    async (link, { nickname }) =>
    async () => {
      await greet(link, "S", nickname);
      return link;
    },
  async publisher(needs) {
    const link = await needs.open();
    await greet(link, "P", needs.nickname);
    return oneWayPublisher(link, needs, (text) => Buffer.from(`${text}\n`));
  },
};
