import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFolder } from "./build.js";

/** Whether this machine can make certificates. */
export const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** The certificate itself, for clients to trust. */
  readonly ca: Buffer;
}

/** A folder that the test run removes. */
const newFolder = (prefix: string) => mkdtempSync(join(buildFolder() ?? tmpdir(), prefix));

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const LOOPBACK = ["localhost", "127.0.0.1"];

/** A key and a certificate that vouches for itself, for this machine's loopback and for a day. */
export function makeCertificate(name = "parlance test", folder = newFolder("tls-")): Certificate {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const files = ["-keyout", key, "-out", cert];
  openssl("req", "-x509", ...NEW_KEY, ...files, "-days", "1", "-subj", `/CN=${name}`, ...altNames(LOOPBACK));
  return { cert, key, ca: readFileSync(cert) };
}

/** An authority that no client trusts by itself. */
export interface Authority {
  /** Its certificate, in a file. */
  readonly cert: string;
  /** Issues a certificate. Default: for this machine's loopback, from yesterday until tomorrow. */
  issue(options?: IssueOptions): Omit<Certificate, "ca">;
}

export interface IssueOptions {
  readonly names?: readonly string[];
  /** Days from now. */
  readonly from?: number;
  readonly until?: number;
}

export function makeAuthority(): Authority {
  const folder = newFolder("ca-");
  const own = makeCertificate("parlance test authority");
  const config = join(folder, "ca.conf");
  // The only command that writes other dates than now and later.
  const rows = ["new_certs_dir = .", "database = index", "serial = serial", "default_md = sha256"];
  const policy = [
    "policy = any",
    "unique_subject = no",
    "copy_extensions = copy",
    "[any]",
    "commonName = supplied",
  ];
  writeFileSync(config, ["[ca]", "default_ca = own", "[own]", ...rows, ...policy, ""].join("\n"));
  writeFileSync(join(folder, "index"), "");
  writeFileSync(join(folder, "serial"), "01\n");
  let issued = 0;
  return {
    cert: own.cert,
    issue({ names = LOOPBACK, from = -1, until = 1 } = {}) {
      const base = join(folder, `${issued++}`);
      const [cert, key, request] = [`${base}.pem`, `${base}.key`, `${base}.csr`];
      openssl("req", ...NEW_KEY, "-keyout", key, "-out", request, "-subj", "/CN=server", ...altNames(names));
      const dates = ["-startdate", opensslDate(from), "-enddate", opensslDate(until)];
      const issuer = ["-config", config, "-cert", own.cert, "-keyfile", own.key];
      openssl({ cwd: folder }, "ca", "-batch", "-notext", ...issuer, "-in", request, "-out", cert, ...dates);
      return { cert, key };
    },
  };
}

function altNames(names: readonly string[]): string[] {
  const kind = (name: string) => (/^[\d.]+$/.test(name) ? "IP" : "DNS");
  return ["-addext", `subjectAltName=${names.map((name) => `${kind(name)}:${name}`).join(",")}`];
}

/** `YYYYMMDDHHMMSSZ`. */
function opensslDate(daysFromNow: number): string {
  const date = new Date(Date.now() + daysFromNow * 86_400_000);
  return `${date.toISOString().replace(/[-:T]|\.\d+/g, "")}`;
}

function openssl(first: string | { readonly cwd: string }, ...rest: string[]): void {
  const [options, args] = typeof first === "string" ? [{}, [first, ...rest]] : [first, rest];
  const { status, stderr } = spawnSync("openssl", args, { ...options, encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl: ${stderr}`);
}
