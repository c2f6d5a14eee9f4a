import type { Dialect } from "../dialect.js";
import type { Link } from "../link.js";
import { oneWayPublisher } from "../stamped.js";

/** Control packet types with their flags, as the first byte on the wire (MQTT 3.1.1, section 2.2). */
const packet = { connect: 0x10, connack: 0x20, publish: 0x30, subscribe: 0x82, suback: 0x90 } as const;

const topic = "room";

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** Remaining length in groups of seven bits, lowest first. */
function frame(type: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let rest = body.length; length.length === 0 || rest > 0; rest >>= 7) {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  }
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

async function greet(link: Link, nickname: string): Promise<void> {
  const level = 4;
  const cleanSession = 2;
  const noKeepAlive = [0, 0];
  const head = Buffer.concat([text("MQTT"), Buffer.from([level, cleanSession, ...noKeepAlive])]);
  link.write(frame(packet.connect, head, text(nickname)));
  await link.until((seen) => (seen[0] === packet.connack && seen[3] === 0) || undefined);
}

/** MQTT 3.1.1 at QoS 0. */
export const mqtt: Dialect = {
  async enter(link, { nickname }) {
    await greet(link, nickname);
    return async () => {
      const packetId = Buffer.from([0, 1]);
      const qos = Buffer.from([0]);
      link.write(frame(packet.subscribe, packetId, text(topic), qos));
      await link.until((seen) => seen[0] === packet.suback || undefined);
      return link;
    };
  },
  async publisher(needs) {
    const link = await needs.open();
    await greet(link, needs.nickname);
    return oneWayPublisher(link, needs, (message) =>
      frame(packet.publish, text(topic), Buffer.from(message)),
    );
  },
};
