/** The SharedWorker: one hub for all tabs of this origin that run the same version of the page. */
import { Hub, logOut } from "./hub.js";

// Where there are no SharedWorkers, the page imports this file, and has a hub of its own.
export { Hub, logOut };

let hub: Hub | undefined;
// The types of workers exclude those of pages, and this is all that is needed of them.
addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports;
  hub ??= new Hub();
  if (port) hub.add(port);
});
