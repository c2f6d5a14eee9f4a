// Kept for test/client alone; everything else takes it from where it is.
export { listen, type TestServer as ListeningServer } from "./server.js";
