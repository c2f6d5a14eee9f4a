import type { Dialect } from "../dialect.js";
import type { Link } from "../link.js";
import { oneWayPublisher } from "../stamped.js";
import { clientText, upgrade } from "./websocket.js";

const channel = "room";

function command(id: number, method: string, body: object): Buffer {
  return clientText(JSON.stringify({ id, [method]: body }));
}

async function greet(link: Link): Promise<void> {
  await upgrade(link, "/connection/websocket");
  link.write(command(1, "connect", {}));
  await link.until((seen) => seen.includes('"connect":') || undefined);
}

/** Centrifugo's own protocol in JSON over WebSocket. */
export const centrifugo: Dialect = {
  enter: async (link) => async () => {
    await greet(link);
    link.write(command(2, "subscribe", { channel }));
    await link.until((seen) => seen.includes('"subscribe":') || undefined);
    return link;
  },
  async publisher(needs) {
    const link = await needs.open();
    await greet(link);
    return oneWayPublisher(
      link,
      needs,
      (data) => command(3, "publish", { channel, data }),
      /"error":|"disconnect":/,
    );
  },
};
