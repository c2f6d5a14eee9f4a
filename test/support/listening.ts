// Re-exported for test/client only.
export { listen, type TestServer as ListeningServer } from "./server.js";
