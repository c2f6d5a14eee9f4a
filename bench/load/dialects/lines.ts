import type { Dialect } from "../dialect.js";
import type { Link } from "../link.js";
import { unansweredPublisher } from "../stamped.js";

async function greet(link: Link, role: "S" | "P", nickname: string): Promise<void> {
  link.write(`${role} ${nickname}\n`);
  await link.until((seen) => seen.includes("ok\n") || undefined);
}

/** Plain lines, spoken by the benchmark's own floor and thread servers: `S NAME` to listen or `P NAME` to talk. */
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
    return unansweredPublisher(link, needs, (text) => Buffer.from(`${text}\n`));
  },
};
