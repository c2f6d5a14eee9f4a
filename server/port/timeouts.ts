/** How long the port waits for its peers. All in milliseconds. */
export interface PortTimeouts {
  /**
   * From the first byte of a connection to those that show its protocol; a PROXY header is among them. With TLS, for its
   * first byte as well. Default 5 s.
   */
  readonly sniffMs: number;
  /** To send all headers of an HTTP/1.1 request; then 408. Default 10 s. */
  readonly headersMs: number;
  /**
   * To send a whole request; then 408, over HTTP/2 a reset of the stream. Also to read a response over HTTP/2 that is
   * complete; one that is not, such as a feed, may last as long as it likes. Default 30 s.
   */
  readonly requestMs: number;
  /**
   * To send the next request over an idle connection, or the first. Default 75 s, so that infrequent senders keep theirs,
   * and clients the connections that they opened in reserve.
   */
  readonly keepAliveMs: number;
  /** Between two PINGs of an HTTP/2 session, and before TCP keep-alive begins to probe. Default 15 s. */
  readonly pingIntervalMs: number;
  /** To acknowledge a PING; then the session is destroyed. Default 5 s. */
  readonly pingLimitMs: number;
  /** For a TLS handshake. Default 10 s. */
  readonly handshakeMs: number;
  /**
   * To acknowledge bytes that were sent, if only with a full window; then the connection counts as dead. Needs Linux;
   * elsewhere the kernel gives up, after a quarter of an hour. Default 10 s.
   */
  readonly silentMs: number;
}

export const DEFAULT_TIMEOUTS: PortTimeouts = {
  sniffMs: 5_000,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 75_000,
  pingIntervalMs: 15_000,
  pingLimitMs: 5_000,
  handshakeMs: 10_000,
  silentMs: 10_000,
};
