import type { Dialect } from "../dialect.js";
import { centrifugo } from "./centrifugo.js";
import { connectH1 } from "./connect-h1.js";
import { grpcH2 } from "./grpc-h2.js";
import { irc } from "./irc.js";
import { lines } from "./lines.js";
import { mqtt } from "./mqtt.js";
import { nats } from "./nats.js";
import { socketio } from "./socketio.js";
import { websocket } from "./websocket.js";

/** Every protocol that the load client implements. */
export const dialects = {
  centrifugo,
  connectH1,
  grpcH2,
  irc,
  lines,
  mqtt,
  nats,
  socketio,
  websocket,
} satisfies Record<string, Dialect>;

/** Name of a protocol. */
export type DialectName = keyof typeof dialects;
