import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Attempt } from "./browser.js";
import { openRoom } from "./room.js";
import { runShell } from "./shell-process.js";

/** A library or tool that the examples do not use, and what it prints when it works with the server. */
interface Library {
  readonly name: string;
  /** Commands that succeed where it is installed. */
  readonly needs: readonly string[];
  /** Run in libraries/, in one shell; $HOST is the server, $TOKEN a member's, $OUT a folder for what it generates. */
  readonly commands: readonly string[];
  readonly prints: readonly RegExp[];
}

const folder = join(import.meta.dirname, "libraries");
const LIMIT_MS = 120_000;

const unary = /^unary 20$/m;
const unknown = /^unknown unimplemented$/im;
const stream = /^stream hello event caught_?up$/im;
const error = /^error invalid_?argument TEXT_INVALID text$/im;
/** An ErrorDetail, by its schema or as bytes: over gRPC, buf curl does not ask reflection for it. */
const detail = /TEXT_INVALID|CAcSBHRleHQ/;

const asJson = `-H 'content-type: application/json' -H "authorization: Bearer $TOKEN"`;
const authorized = `-H "authorization: Bearer $TOKEN"`;
const service = "parlance.v1.ChatService";
/** Prints the kinds of the items in a stream of JSON. */
const kinds = `jq -rn '[limit(3; inputs | keys[0])] | "stream " + join(" ")'`;

const bufCurl = (protocol: string): Library => ({
  name: `buf curl, ${protocol}`,
  needs: ["jq --version"],
  commands: [
    `buf() { npx buf curl --protocol ${protocol} --http2-prior-knowledge ${authorized} "$@"; }`,
    `buf -d '{"text":"buf"}' http://$HOST/${service}/Broadcast | jq -r '"unary \\(.id | length)"'`,
    `buf -d '{"backlog":1}' http://$HOST/${service}/Subscribe 2>/dev/null | ${kinds}`,
    `buf -d '{"text":""}' http://$HOST/${service}/Broadcast 2>&1`,
    `npx buf curl --http2-prior-knowledge http://$HOST --list-methods`,
  ],
  prints: [unary, stream, detail, /^parlance\.v1\.ChatService\/Subscribe$/m],
});

export const libraries: readonly Library[] = [
  {
    name: "curl",
    needs: ["curl --version", "jq --version"],
    commands: [
      `call() { curl -s http://$HOST/${service}/$1 ${asJson} -d "$2"; }`,
      `call Broadcast '{"text":"curl"}' | jq -r '"unary \\(.id | length)"'`,
      `call Broadcast '{"text":""}' | jq -r '.details[0].debug as $it | "error \\(.code) \\($it.reason[13:]) \\($it.field)"'`,
      `call Nope '{}' | jq -r '"unknown \\(.code)"'`,
      `printf '\\0\\0\\0\\0\\2{}' | curl -s -m 2 http://$HOST/${service}/Subscribe -H 'content-type: application/connect+json' ${authorized} --data-binary @- | tr -d '\\0' | grep -ao '"caughtUp"'`,
      "curl -s http://$HOST/healthz",
    ],
    prints: [unary, error, unknown, /^"caughtUp"$/m, /^ok/m],
  },
  ...["connect", "grpc", "grpcweb"].map(bufCurl),
  {
    name: "grpcurl",
    needs: ["grpcurl --version", "jq --version"],
    commands: [
      `call() { grpcurl -plaintext ${authorized} -d "$2" $HOST ${service}/$1; }`,
      `call Broadcast '{"text":"grpcurl"}' | jq -r '"unary \\(.id | length)"'`,
      `call Subscribe '{"backlog":1}' | ${kinds}`,
      `call Broadcast '{"text":""}' 2>&1`,
      "grpcurl -plaintext $HOST grpc.health.v1.Health/Check",
      `grpcurl -plaintext $HOST list ${service}`,
    ],
    prints: [unary, stream, /TEXT_INVALID/, /"SERVING"/, /^parlance\.v1\.ChatService\.Subscribe$/m],
  },
  {
    name: "ghz",
    needs: ["ghz --version"],
    commands: [
      `ghz --insecure --call ${service}.Broadcast -m "{\\"authorization\\":\\"Bearer $TOKEN\\"}" -d '{"text":"ghz"}' -n 20 -c 2 $HOST`,
    ],
    prints: [/\[OK\]\s+20 responses/],
  },
  {
    name: "grpc-health-probe",
    needs: ["grpc-health-probe -version"],
    commands: [
      "grpc-health-probe -addr $HOST 2>&1",
      `grpc-health-probe -addr $HOST -service ${service} 2>&1`,
    ],
    prints: [/SERVING[\s\S]*SERVING/],
  },
  {
    name: "grpc-js",
    needs: [],
    commands: ["npx node grpc-js.mjs $HOST $TOKEN"],
    prints: [unary, stream, error, unknown],
  },
  {
    name: "grpc-web, binary",
    needs: ['"$CHROMIUM" --version || /usr/bin/chromium --version'],
    commands: ["npm install --no-audit --no-fund", "npx node grpc-web.mjs $HOST $TOKEN binary"],
    prints: [unary, /^error 3 with its detail$/m],
  },
  {
    name: "grpc-web, text",
    needs: ['"$CHROMIUM" --version || /usr/bin/chromium --version'],
    commands: ["npm install --no-audit --no-fund", "npx node grpc-web.mjs $HOST $TOKEN text"],
    prints: [unary, /^stream hello event caughtUp$/m, /^error 3 with its detail$/m],
  },
  {
    name: "Ruby",
    needs: ["grpc_tools_ruby_protoc --version", "ruby -e 'require \"grpc\"'"],
    commands: [
      `grpc_tools_ruby_protoc -I ../../../proto --ruby_out=$OUT --grpc_out=$OUT ../../../proto/parlance/v1/*.proto`,
      "ruby grpc.rb $HOST $TOKEN $OUT",
    ],
    prints: [unary, stream, error, unknown],
  },
  {
    name: "PHP",
    needs: ["php -r 'exit(extension_loaded(\"curl\") ? 0 : 1);'"],
    commands: ["php connect.php $HOST $TOKEN"],
    prints: [unary, stream, error, unknown],
  },
];

/** The first command that does not succeed; undefined if all do. */
export function missingCommand({ needs }: Library): string | undefined {
  return needs.find((command) => spawnSync("bash", ["-c", command], { stdio: "ignore" }).status !== 0);
}

/** Calls one server with each library. */
export async function tryLibraries(found: readonly Library[], attempt: Attempt): Promise<void> {
  const room = await openRoom();
  const out = await mkdtemp(join(tmpdir(), "parlance-libraries-"));
  const { token } = await room.enter("caller");
  try {
    for (const { name, commands, prints } of found)
      await attempt(`${name} calls, reads the feed and errors`, async () => {
        const variables = `HOST=${room.host} TOKEN=${token} OUT=${out}`;
        const shell = runShell([variables, ...commands].join("\n"), folder);
        const timer = setTimeout(() => void shell.interrupt(), LIMIT_MS);
        await shell.ended;
        clearTimeout(timer);
        const missing = prints.filter((pattern) => !pattern.test(shell.output()));
        if (missing.length > 0) throw new Error(`no ${missing.join(", no ")} in\n${shell.output()}`);
      });
  } finally {
    await room.close();
    await rm(out, { recursive: true, force: true });
  }
}
