import type { Dialect } from "../dialect.js";
import type { Link } from "../link.js";
import { oneWayPublisher } from "../stamped.js";
import { clientText, upgrade } from "./websocket.js";

/** Engine.IO 4 packet type 4 (message) with Socket.IO 5 packet types 0 (connect) and 2 (event). */
const connectPacket = "40";
const eventPacket = "42";

async function greet(link: Link, role: "sub" | "pub", nickname: string): Promise<void> {
  await upgrade(link, `/socket.io/?EIO=4&transport=websocket&role=${role}&name=${nickname}`);
  link.write(clientText(connectPacket));
  await link.until((seen) => seen.includes(`${connectPacket}{"sid"`) || undefined);
}

/** Socket.IO over WebSocket alone. */
export const socketio: Dialect = {
  enter:
    async (link, { nickname }) =>
    async () => {
      await greet(link, "sub", nickname);
      return link;
    },
  async publisher(needs) {
    const link = await needs.open();
    await greet(link, "pub", needs.nickname);
    return oneWayPublisher(link, needs, (text) =>
      clientText(`${eventPacket}${JSON.stringify(["say", text])}`),
    );
  },
};
