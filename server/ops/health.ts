import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import {
  Health as HealthService,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "../../gen/health/v1/health_pb.js";
import type { AddRoutes } from "./routes.js";
import { wait } from "./wait.js";

export interface Health {
  /** grpc.health.v1: Check, Watch and List. */
  readonly routes: AddRoutes;
  /** Notifies every Watch. */
  setServing(serving: boolean): void;
  serving(): boolean;
}

/**
 * The health of the process, which is that of each of its `services` (full names) and of the empty name. Not serving
 * until `setServing(true)`. Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function createHealth(services: readonly string[]): Health {
  const names = new Set(["", ...services]);
  const changes = new EventTarget();
  let isServing = false;

  const status = () => (isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);

  const nextChange = (signal: AbortSignal) =>
    wait<void>(signal, (resolve) => {
      const onChange = () => resolve();
      changes.addEventListener("change", onChange);
      return () => changes.removeEventListener("change", onChange);
    });

  return {
    serving: () => isServing,
    setServing: (serving) => {
      isServing = serving;
      changes.dispatchEvent(new Event("change"));
    },
    routes: (router, options) => {
      const service: ServiceImpl<typeof HealthService> = {
        check: ({ service }) => {
          if (!names.has(service)) throw new ConnectError(`no service ${service} here`, Code.NotFound);
          return { status: status() };
        },
        list: () => ({
          statuses: Object.fromEntries([...names].map((name) => [name, { status: status() }])),
        }),
        // Nothing is held while a message waits for a slow reader: what changed meanwhile shows when it is read.
        async *watch({ service }, { signal }) {
          let told: ServingStatus | undefined;
          for (;;) {
            const now = names.has(service) ? status() : ServingStatus.SERVICE_UNKNOWN;
            if (now === told) {
              await nextChange(signal);
              continue;
            }
            told = now;
            yield { status: now };
          }
        },
      };
      router.service(HealthService, service, options);
    },
  };
}
