/** The SharedWorker: one hub for all tabs of this origin that run the same version of the page. */
import { Hub } from "./hub.js";

const hub = new Hub();
// The types of workers exclude those of pages, and this is all that is needed of them.
addEventListener("connect", (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port) hub.add(port);
});
