import type { Dialect } from "../dialect.js";
import type { Link } from "../link.js";
import { oneWayPublisher } from "../stamped.js";

/** The channel; the configured servers accept messages from outside it, so that publishers need not join. */
const channel = "#bench";

/** Numerics RPL_WELCOME, RPL_ENDOFNAMES (RFC 2812, section 5). */
const welcome = " 001 ";
const endOfNames = " 366 ";

async function register(link: Link, nickname: string): Promise<void> {
  link.write(`NICK ${nickname}\r\nUSER bench 0 * :bench\r\n`);
  await link.until((seen) => seen.includes(welcome) || undefined);
}

/** IRC (RFC 1459, RFC 2812). */
export const irc: Dialect = {
  async enter(link, { nickname }) {
    await register(link, nickname);
    return async () => {
      link.write(`JOIN ${channel}\r\n`);
      await link.until((seen) => seen.includes(endOfNames) || undefined);
      return link;
    };
  },
  async publisher(needs) {
    const link = await needs.open();
    await register(link, needs.nickname);
    const cannotSend = / 40[1-7] /;
    return oneWayPublisher(link, needs, (text) => Buffer.from(`PRIVMSG ${channel} :${text}\r\n`), cannotSend);
  },
};
