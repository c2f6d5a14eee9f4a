import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import {
  codeToHttpStatus,
  endStreamFlag,
  endStreamToJson,
  errorToJsonBytes,
} from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { PortResponse } from "../../port/port.js";
import { mergeVary } from "../../port/respond.js";
import { adjustStatus } from "../grpc-status.js";
import { adjustError } from "../refusals/callers-fault.js";
import type { Form } from "./form.js";

const OK = { "grpc-status": "0" };

/** The response to one call, written as Connect writes it. Once it has ended, or its reader has left, it takes no more. */
export class Reply {
  private readonly headers: OutgoingHttpHeaders;
  private isTaken = false;

  /** Of either HTTP version: what is called here, both have. */
  private readonly response: ServerResponse;

  constructor(
    private readonly form: Form,
    response: PortResponse,
  ) {
    this.headers = form.headers();
    this.response = response as ServerResponse;
  }

  /** Whether the call is over: its response is decided on, or has no one to receive it. */
  get isOver(): boolean {
    return this.isTaken || isGone(this.response);
  }

  setHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  /** The response of a unary call. */
  async respond(bytes: Uint8Array): Promise<void> {
    if (this.isOver) return;
    this.isTaken = true;
    if (this.form.kind === "unary") await this.endUnary(200, bytes);
    else this.end(await this.form.seal(bytes), OK);
  }

  /** Begins a stream with its first message. */
  async begin(bytes: Uint8Array): Promise<void> {
    const first = await this.form.seal(bytes);
    if (this.isOver) return;
    this.writeHead(200);
    this.response.write(first);
  }

  /** Ends the call with an error, whether or not it has begun. */
  async fail(error: ConnectError): Promise<void> {
    if (this.isOver) return;
    this.isTaken = true;
    adjustError(error);
    switch (this.form.kind) {
      case "unary":
        for (const [name, value] of error.metadata) this.setHeader(name, value);
        this.setHeader("content-type", "application/json");
        await this.endUnary(codeToHttpStatus(error.code), errorToJsonBytes(error, undefined));
        return;
      case "stream": {
        this.end(await this.form.seal(endOfStream(error), endStreamFlag));
        return;
      }
      case "grpc":
        this.end(undefined, Object.fromEntries(adjustStatus(setTrailerStatus(new Headers(), error))));
    }
  }

  private async endUnary(status: number, body: Uint8Array): Promise<void> {
    const { bytes, compressed } = await this.form.compress(body);
    if (compressed) this.setHeader("content-encoding", compressed);
    this.setHeader("content-length", String(bytes.length));
    this.end(bytes, undefined, status);
  }

  private end(last: Uint8Array | undefined, trailers?: OutgoingHttpHeaders, status = 200): void {
    const { response } = this;
    if (isGone(response)) return;
    if (!response.headersSent) this.writeHead(status);
    if (trailers) response.addTrailers(trailers);
    if (last) response.end(last);
    else response.end();
  }

  private writeHead(status: number): void {
    const { headers, response } = this;
    if (typeof headers.vary === "string") headers.vary = mergeVary(response, headers.vary);
    response.writeHead(status, headers);
  }
}

/** The last message of a stream that ends with the error; one error may end thousands at once. */
function endOfStream(error: ConnectError): Uint8Array {
  const known = ends.get(error);
  if (known) return known;
  const bytes = Buffer.from(JSON.stringify(endStreamToJson(new Headers(), error, undefined)));
  ends.set(error, bytes);
  return bytes;
}

const ends = new WeakMap<ConnectError, Uint8Array>();

function isGone(response: PortResponse): boolean {
  return "stream" in response ? response.stream.destroyed : response.destroyed;
}
