/** What pages and --help mention of programs, settings, variables, metrics and commands of the chat exists. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { COMMANDS } from "../../client/chat/input/commands.js";
import { FORMS, HABITS } from "../../client/chat/input/habits.js";
import { KEYS, readConfig as readClientConfig } from "../../client/config.js";
import { readCommand } from "../../server/cli/arguments.js";
import { FILE_FLAG } from "../../server/cli/help.js";
import { settings, variableOf } from "../../server/cli/settings.js";
import { type Page, readPages, root, trackedFiles } from "./page.js";
import { allOptions, helpTexts, refusalOf, subcommands } from "./programs.js";

const pages = readPages();
const text = (file: string) => readFileSync(join(root, file), "utf8");
/** Programs that pages mention besides ours: that they take their options is not for us to check. */
const OTHERS =
  /^(\S*\/)?(apt|apt-get|chown|cp|curl|docker|git|go|kill|node|npm|perf|python|sh|source|ssh|systemctl|tmux|ulimit)\b/;

interface Mention {
  readonly page: string;
  readonly command: string;
}

/** Commands in backticks; also those of which a page leaves out the program, such as `tail -f`. */
function commandsOf({ path, spans }: Page): Mention[] {
  return spans.flatMap((span) => {
    if (/^(npx|npm|parlance|parlance-server)( |$)/.test(span)) return { page: path, command: span };
    const word = /^([a-z-]+) /.exec(span)?.[1] ?? "";
    const program = path === "docs/identity.md" ? moderateOr(word) : programOf(word);
    return program === undefined ? [] : { page: path, command: `${program} ${span}` };
  });
}

const programs = ["parlance-server", "parlance"] as const;
const programOf = (word: string) => programs.find((name) => subcommands[name].includes(word));
const moderateOr = (word: string) =>
  subcommands["parlance-server moderate"].includes(word) ? "parlance-server moderate" : programOf(word);

/** Each form that a line such as `check [PATH | --store STORE]` of a usage stands for. */
function formsOf(usage: string): string[] {
  const least = usage.replace(/ \[[^\]]*\]| COMMAND\b/g, "");
  const more = [...usage.matchAll(/\[([^\]]*)\]/g)].flatMap(([, choice]) => choice!.split(" | "));
  return [
    least,
    ...more.filter((one) => !/^(options|command|选项|命令)$/.test(one)).map((one) => `${least} ${one}`),
  ];
}

async function refused(mentions: readonly Mention[]): Promise<string[]> {
  const all = await Promise.all(
    mentions.map(async ({ page, command }) => ({ page, command, why: await refusalOf(command) })),
  );
  return all
    .filter(({ why }) => why !== undefined)
    .map(({ page, command, why }) => `${page}: ${command}: ${why}`);
}

describe("commands in the text", () => {
  const mentions = pages.flatMap(commandsOf);

  test("are taken by the programs that they name", async () => {
    expect(mentions.length).toBeGreaterThan(100);
    expect(await refused(mentions)).toEqual([]);
  });

  test("name options that a program of ours has, or are those of others", () => {
    const options = pages.flatMap(({ path, spans }) =>
      spans
        .filter((span) => !OTHERS.test(span))
        .flatMap((span) =>
          [...span.matchAll(/(?<![\w-])--[a-z][a-z0-9_-]+/g)].map(([option]) => ({ path, option })),
        ),
    );
    expect(options.length).toBeGreaterThan(100);
    // Variables of a style sheet are written alike; test/web checks that pages name each.
    const variables = new Set(text("client/web/style.css").match(/--[a-z-]+(?=:)/g));
    const unknown = options.filter(
      ({ option }) => !allOptions.has(option) && !variables.has(option) && !(option in OPTIONS_OF_OTHERS),
    );
    expect(unknown).toEqual([]);
    const named = options.map(({ option }) => option);
    expect(Object.keys(OPTIONS_OF_OTHERS).filter((option) => !named.includes(option))).toEqual([]);
  });

  test("in comments of deploy/ name files that exist", () => {
    const comments = trackedFiles()
      .filter((file) => file.startsWith("deploy/"))
      .flatMap((file) => text(file).match(/^ *#.*/gm) ?? [])
      .join("\n");
    const files = [...comments.matchAll(/ (deploy\/[\w./-]*\w)/g)].map(([, file]) => file!);
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  test("of --help are taken, its usage included", async () => {
    const lines = helpTexts().flatMap(
      (help) => help.replace(/^\S+[:：]\s+(?=parlance)/gm, "  ").match(/^ +(npx )?parlance.*/gm) ?? [],
    );
    const commands = [...new Set(lines.map((line) => line.trim().replace(/ {2,}.*/, "")))].flatMap(formsOf);
    expect(commands.length).toBeGreaterThan(10);
    expect(await refused(commands.map((command) => ({ page: "--help", command })))).toEqual([]);
  });
});

test("the tests of package.json are in CONTRIBUTING.md, and .ci/run runs them", () => {
  const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
  const tests = Object.keys(scripts).filter((name) => name.startsWith("test:"));
  expect(tests.length).toBeGreaterThan(5);
  expect(tests.filter((name) => !text(".ci/run").includes(`npm run --silent ${name}\n`))).toEqual([]);
  // That of the benchmark is no concern of most.
  const described = tests.filter((name) => text("CONTRIBUTING.md").includes(`| \`npm run ${name}\` |`));
  expect(tests.filter((name) => !described.includes(name))).toEqual(["test:bench"]);
});

/** Options of other programs that pages name alone, each with its program. */
const OPTIONS_OF_OTHERS: Readonly<Record<string, string>> = {
  "--grpc_python_out": "protoc",
  "--http2-prior-knowledge": "buf curl",
  "--insecure": "ghz",
  "--log": "ssh-chat",
  "--no-async-context-frame": "node",
  "--sysctl": "docker run",
  "--time": "docker stop",
  "--ulimit": "docker run",
};

/** Variables that are no settings of server or client, each with the file that they are for. */
const OTHER_VARIABLES: Readonly<Record<string, string>> = {
  PARLANCE_CHROMIUM: "test/web/browser.ts",
  PARLANCE_SITE: "deploy/caddy/cluster.Caddyfile",
  PARLANCE_STORE_PASSWORD: "deploy/compose.cluster.yaml",
  PARLANCE_TEST_ENGINE: "test/support/redis-server.ts",
  PARLANCE_UPSTREAM: "deploy/caddy/Caddyfile",
  PARLANCE_UPSTREAMS: "deploy/caddy/cluster.Caddyfile",
};
const readByClient = [...new Set(text("client/config.ts").match(/\bPARLANCE_[A-Z_]+/g))];

describe("settings", () => {
  test("of the client are all in the table of docs/client.md, and no others", () => {
    expect(keysIn("docs/client.md").toSorted()).toEqual([...KEYS].toSorted());
    expect(KEYS).toEqual(expect.arrayContaining(keysIn("docs/client.zh-CN.md")));
  });

  test("in files that a page shows are taken by the server", () => {
    const folder = mkdtempSync(join(tmpdir(), "parlance-settings-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const shown = [...text("docs/operating.md").matchAll(/^```toml\n([\s\S]*?)^```$/gm)];
    expect(shown.length).toBeGreaterThan(1);
    for (const [, toml] of shown) {
      writeFileSync(join(folder, "server.toml"), toml!);
      expect(readCommand(["--config", join(folder, "server.toml")], {}).kind).toBe("serve");
    }
  });

  test("have the address of the pages as their default", () => {
    const { server } = readClientConfig({}, { HOME: "/nowhere" });
    expect(server).toBe("http://127.0.0.1:12231");
    expect(readCommand([], {})).toMatchObject({ config: { listen: { host: "127.0.0.1", port: 12231 } } });
  });

  test("have the variables that pages and deploy/ name", () => {
    const known = [
      ...settings.map(([, { flag }]) => variableOf(flag)),
      variableOf(FILE_FLAG),
      ...readByClient,
    ];
    const files = trackedFiles().filter((file) => file.startsWith("deploy/"));
    const named = new Set(
      [...files, ...pages.map(({ path }) => path), "docs/man/parlance.1"].flatMap(
        (file) => text(file).match(/\bPARLANCE_[A-Z_]+/g) ?? [],
      ),
    );
    expect([...named].filter((name) => !known.includes(name)).toSorted()).toEqual(
      Object.keys(OTHER_VARIABLES).toSorted(),
    );
    for (const [name, file] of Object.entries(OTHER_VARIABLES)) expect(text(file)).toContain(name);
  });

  test("that the client reads from variables are in docs/client.md and the man page", () => {
    expect(readByClient.length).toBeGreaterThan(5);
    for (const page of ["docs/client.md", "docs/man/parlance.1"])
      expect(readByClient.filter((name) => !text(page).includes(name))).toEqual([]);
  });
});

/** Keys in the first column of the table of settings. */
function keysIn(file: string): string[] {
  const rows =
    text(file)
      .split("\n\n")
      .find((part) => /^\| `server` \|/m.test(part)) ?? "";
  return [...rows.matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key!);
}

describe("metrics", () => {
  test.each(["docs/operating.md", "docs/identity.md", "deploy/grafana/parlance.json"])(
    "in %s exist",
    (file) => {
      const page = pages.find(({ path }) => path === file);
      const names = [...new Set((page?.spans.join(" ") ?? text(file)).match(/\bparlance_[a-z_]+/g))];
      expect(names.length).toBeGreaterThan(0);
      const metrics = text("server/ops/metrics/metrics.ts");
      const isThere = (name: string) => metrics.includes(`"${name.replace("parlance_", "")}"`);
      const missing = names.filter(
        (name) => !isThere(name) && !isThere(name.replace(/_(bucket|count|sum)$/, "")),
      );
      expect(missing).toEqual([]);
    },
  );
});

describe("commands of the chat", () => {
  const names = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]);
  const known = new Set([...names, ...FORMS.keys(), ...HABITS.keys()]);
  const chatPages = pages.filter(({ path }) => /^(README|docs\/client)\b/.test(path));

  test("that pages mention exist", () => {
    const mentioned = chatPages.flatMap(({ spans }) =>
      spans.flatMap((span) => span.match(/^\/([a-z]+)(?= |$)/)?.[1] ?? []),
    );
    expect(mentioned.length).toBeGreaterThan(40);
    expect(mentioned.filter((name) => !known.has(name))).toEqual([]);
  });

  test.each(["docs/client.md", "docs/client.zh-CN.md"])("are all in %s", (file) => {
    const page = pages.find(({ path }) => path === file)!;
    const mentioned = new Set(
      page.spans.flatMap((span) => [...span.matchAll(/\/([a-z]+)/g)].map(([, name]) => name)),
    );
    expect(COMMANDS.map(({ name }) => name).filter((name) => !mentioned.has(name))).toEqual([]);
  });
});
