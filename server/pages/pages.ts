/**
 * The page for people with a browser, as `build.mjs` makes it. This folder owns its files: they are read once at the start,
 * compressed already, and looked up by the whole path. So no path of a request reaches the file system, and while no
 * browser asks, the page costs memory alone.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { PortHandler, PortRequest, PortResponse } from "../port/port.js";
import { mergeVary, respond } from "../port/respond.js";

/** A file in the encodings that the build made. */
export interface PageFile {
  readonly type: string;
  /** By content coding; `identity` is always there. */
  readonly encodings: Readonly<Partial<Record<Encoding, Encoded>>> & { readonly identity: Encoded };
}

type Encoding = "br" | "gzip" | "identity";

interface Encoded {
  readonly body: Buffer;
  /** Strong, so another one for each encoding (RFC 9110, section 8.8.3). */
  readonly etag: string;
}

export interface PageFiles {
  readonly page: PageFile;
  /** Script of the element for other pages, by whose fixed path they load it. */
  readonly element: PageFile;
  /** At the root, which is then its scope. */
  readonly serviceWorker: PageFile;
  /** By path, such as /assets/main-HASH.js. */
  readonly assets: ReadonlyMap<string, PageFile>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

const INDEX = "index.html";
const ASSETS = "assets";
const ELEMENT = "parlance-room.js";
const SERVICE_WORKER = "service-worker.js";

/** Whether a build of the page has ended in this folder. */
export function isBuilt(folder: string): boolean {
  return [INDEX, ELEMENT, SERVICE_WORKER, ASSETS].every((name) => existsSync(join(folder, name)));
}

/** Reads the files of the page; undefined if they are not all there. */
export function readPage(folder: string): PageFiles | undefined {
  if (!isBuilt(folder)) return undefined;
  const names = readdirSync(join(folder, ASSETS)).filter((name) => extname(name) in TYPES);
  const assets = names.map((name) => [`/${ASSETS}/${name}`, readFile(join(folder, ASSETS, name))] as const);
  return {
    page: readFile(join(folder, INDEX)),
    element: readFile(join(folder, ELEMENT)),
    serviceWorker: readFile(join(folder, SERVICE_WORKER)),
    assets: new Map(assets),
  };
}

function readFile(path: string): PageFile {
  const identity = encoded(readFileSync(path));
  const compressed = (
    [
      ["br", ".br"],
      ["gzip", ".gz"],
    ] as const
  ).flatMap(([encoding, suffix]) =>
    existsSync(path + suffix) ? [[encoding, encoded(readFileSync(path + suffix))] as const] : [],
  );
  return { type: TYPES[extname(path)]!, encodings: { identity, ...Object.fromEntries(compressed) } };
}

function encoded(body: Buffer): Encoded {
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 22);
  return { body, etag: `"${hash}"` };
}

export interface PagesOptions {
  readonly files: PageFiles;
  /** Origins whose pages may embed this one in a frame. */
  readonly frameAncestors: readonly string[];
}

/** Scripts that other pages may load, and contain nothing of the room. */
const anyOrigin = { "access-control-allow-origin": "*" };

/**
 * Serves the page at `/` to clients that accept HTML, its assets under `/assets/`, and the element for other pages. Passes
 * everything else to `next`, which has a text for `/`.
 */
export function createPages({ files, frameAncestors }: PagesOptions, next: PortHandler): PortHandler {
  const pageHeaders = {
    "cache-control": "no-cache",
    "content-security-policy": contentSecurityPolicy(frameAncestors),
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "interest-cohort=(), camera=(), microphone=(), geolocation=()",
    "referrer-policy": "no-referrer",
    vary: "accept, accept-encoding",
  };
  const serviceWorkerHeaders = { "cache-control": "no-cache", vary: "accept-encoding" };
  const elementHeaders = { ...anyOrigin, "cache-control": "no-cache", vary: "accept-encoding" };
  const assetHeaders = {
    ...anyOrigin,
    // The name changes with the content.
    "cache-control": "public, max-age=31536000, immutable",
    vary: "accept-encoding",
  };
  return (request, response) => {
    const path = request.url?.split("?", 1)[0] ?? "";
    const asset = files.assets.get(path);
    if (asset) serve(request, response, asset, assetHeaders);
    else if (path === `/${ELEMENT}`) serve(request, response, files.element, elementHeaders);
    else if (path === `/${SERVICE_WORKER}`)
      serve(request, response, files.serviceWorker, serviceWorkerHeaders);
    else if (path === "/" && acceptsHtml(request.headers.accept))
      serve(request, response, files.page, pageHeaders);
    else {
      // The text that everyone else receives has the same address: caches must keep them apart.
      if (path === "/") response.setHeader("vary", mergeVary(response, "accept"));
      next(request, response);
    }
  };
}

function contentSecurityPolicy(frameAncestors: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors.length > 0 ? frameAncestors.join(" ") : "'none'"}`,
    "require-trusted-types-for 'script'",
    "trusted-types worker",
  ].join("; ");
}

function serve(
  request: PortRequest,
  response: PortResponse,
  { type, encodings }: PageFile,
  headers: Readonly<Record<string, string>>,
): void {
  const { method } = request;
  if (method !== "GET" && method !== "HEAD") {
    respond(response, 405, { allow: "GET, HEAD", "content-length": 0 });
    return;
  }
  const encoding = encodingFor(request.headers["accept-encoding"], encodings);
  const { body, etag } = encodings[encoding]!;
  const common = { ...headers, etag, "x-content-type-options": "nosniff" };
  if (isKnown(request.headers["if-none-match"], etag)) {
    respond(response, 304, common);
    return;
  }
  const described = {
    ...common,
    "content-type": type,
    "content-length": body.length,
    ...(encoding !== "identity" && { "content-encoding": encoding }),
  };
  respond(response, 200, described, method === "HEAD" ? undefined : body);
}

/** Whether HTML is named: `*` alone is what curl and programs send. */
function acceptsHtml(accept: string | undefined): boolean {
  return weights(accept).some(({ name, weight }) => name === "text/html" && weight > 0);
}

/** The smallest encoding that the client accepts. */
function encodingFor(accept: string | undefined, encodings: PageFile["encodings"]): Encoding {
  const accepted = weights(accept);
  const any = accepted.find(({ name }) => name === "*")?.weight ?? 0;
  const isAccepted = (encoding: Encoding) =>
    (accepted.find(({ name }) => name === encoding)?.weight ?? any) > 0;
  return (["br", "gzip"] as const).find((one) => encodings[one] && isAccepted(one)) ?? "identity";
}

/** Values of a header with their weights (RFC 9110, section 12.4.2). */
function weights(header = ""): readonly { readonly name: string; readonly weight: number }[] {
  return header.split(",").map((value) => {
    const [name = "", ...parameters] = value.split(";").map((part) => part.trim().toLowerCase());
    const weight = parameters.find((one) => one.startsWith("q="))?.slice(2);
    return { name, weight: weight === undefined ? 1 : Number(weight) || 0 };
  });
}

/** Whether the client has this content already. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = (ifNoneMatch ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
  return known.includes(etag) || known.includes("*");
}
