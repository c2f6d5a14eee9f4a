import type { Dialect } from "../dialect.js";
import type { Link } from "../link.js";
import { oneWayPublisher } from "../stamped.js";

async function greet(link: Link, more = ""): Promise<void> {
  link.write(`CONNECT {"verbose":false,"pedantic":false,"echo":false}\r\n${more}PING\r\n`);
  await link.until((seen) => seen.includes("PONG\r\n") || undefined);
}

/** The NATS client protocol, core (no streams, no acknowledgements). */
export const nats: Dialect = {
  enter: async (link) => async () => {
    await greet(link, "SUB room 1\r\n");
    return link;
  },
  async publisher(needs) {
    const link = await needs.open();
    await greet(link);
    return oneWayPublisher(
      link,
      needs,
      (text) => Buffer.from(`PUB room ${text.length}\r\n${text}\r\n`),
      /-ERR/,
    );
  },
};
