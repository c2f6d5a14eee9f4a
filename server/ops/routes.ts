import type { ConnectRouter } from "@connectrpc/connect";

/** Options of one service, such as the signal that ends its streams at shutdown. */
export type ServiceOptions = Parameters<ConnectRouter["service"]>[2];

/** Adds services to a router. */
export type AddRoutes = (router: ConnectRouter, options?: ServiceOptions) => void;
