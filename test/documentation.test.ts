import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** Text of a document without its code blocks. */
function prose(document: string): string {
  return readFileSync(join(root, document), "utf8").replace(/^(```|~~~)[\s\S]*?^\1/gm, "");
}

/** Targets of a document's links and images, except those with a scheme. */
function relativeLinks(document: string): string[] {
  const links = /\]\(\s*<?([^)\s>]+)|^\[[^\]]+\]:\s+<?([^\s>]+)/gm;
  const targets = [
    ...prose(document)
      .replace(/`[^`]*`/g, "")
      .matchAll(links),
  ].map(([, a, b]) => (a ?? b)!);
  return targets.filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

/** The anchors that GitHub derives from a document's headings. */
function anchors(document: string): string[] {
  return [...prose(document).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** Links of a document whose target is neither one of `files` nor a folder of them, or lacks the heading named. */
function brokenLinks(document: string, files: readonly string[]): string[] {
  return relativeLinks(document).filter((link) => {
    const [path = "", anchor] = decodeURI(link).split("#");
    const target = path === "" ? document : normalize(join(dirname(document), path)).replace(/\/$/, "");
    if (!files.includes(target)) return !files.some((file) => file.startsWith(`${target}/`));
    return target.endsWith(".md") && anchor !== undefined && !anchors(target).includes(anchor);
  });
}

/** Repository paths in backticks that neither exist as files nor as folders of `files`. */
function missingPaths(document: string, files: readonly string[]): string[] {
  const inBackticks = [...readFileSync(join(root, document), "utf8").matchAll(/`([^`\s]+)`/g)].map(
    ([, code]) => code!,
  );
  const paths = inBackticks
    .filter((code) => /^(bench|bin|client|deploy|docs|examples|gen|proto|server|test)\//.test(code))
    .map((code) => code.replace(/\/$/, ""));
  return paths.filter((path) => !files.some((file) => file === path || file.startsWith(`${path}/`)));
}

/** The commands that a page shows for the shell, without their comments. */
function commandsOf(document: string): string[] {
  const blocks = readFileSync(join(root, document), "utf8").matchAll(/^```sh\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, block]) =>
    block!
      .trim()
      .split("\n")
      .map((line) => line.replace(/ +# .*$/, "")),
  );
}

/** The names behind `npx`, `npm install` and the like: what is neither here nor named by its path comes from a registry. */
function packagesOf(text: string): string[] {
  const commands = text.matchAll(/\b(npx|npm (?:i|install|add|exec|create|init))((?: +[^\s`&|;#)"',]+)+)/g);
  return [...commands].flatMap(([, program, rest]) => {
    const words = rest!.trim().split(/ +/);
    const isNamed = words.some((word) => /^(-p|--package)$/.test(word));
    const names = words.filter((word) => !/^-|[/\\]|\.tgz$/.test(word));
    return program === "npx" && !isNamed ? names.slice(0, 1) : names;
  });
}

/** Files that git tracks; none where this is not a checkout, such as a source archive. */
function trackedFiles(): string[] {
  try {
    return run("git", "ls-files", "-z").split("\0").filter(Boolean);
  } catch {
    return [];
  }
}

describe("relative links", () => {
  const tracked = trackedFiles();

  test.each(tracked.filter((file) => file.endsWith(".md")))("of %s resolve to tracked files", (document) => {
    expect(brokenLinks(document, tracked)).toEqual([]);
  });

  test("of the pages in the package resolve to files of the package", () => {
    // npm 11 prints an array of packages, npm 12 an object by name. Scripts would only build dist/, which is not linked.
    const printed = run("npm", "pack", "--dry-run", "--json", "--ignore-scripts");
    const [pack] = Object.values<{ files: { path: string }[] }>(JSON.parse(printed));
    const packed = pack!.files.map(({ path }) => path);
    const broken = packed
      .filter((file) => file.endsWith(".md"))
      .flatMap((file) => brokenLinks(file, packed).map((link) => `${file}: ${link}`));
    expect(broken).toEqual([]);
  });
});

describe("npm, where people are told to run it", () => {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const commands = Object.values<{ bin?: Readonly<Record<string, string>> }>(packages);
  // What npx finds in a checkout, without asking a registry.
  const here = new Set(commands.flatMap(({ bin = {} }) => Object.keys(bin)));
  const read = trackedFiles().filter(
    (file) => /^(client|server|deploy|examples)\/|\.md$/.test(file) && !/\.test\.ts$/.test(file),
  );

  test.each([
    ["npx -p parlance-chat parlance --server X", ["parlance-chat", "parlance", "X"]],
    ["npx --yes cowsay hi", ["cowsay"]],
    ["`npm i -g some-package` or `npm install ./here.tgz`", ["some-package"]],
    ["npm ci && npx parlance # npx others", ["parlance", "others"]],
  ])("in %j names %j", (text, names) => expect(packagesOf(text)).toEqual(names));

  test("never runs or installs a package that the project does not have", () => {
    expect(here).toContain("parlance-server");
    const strangers = read.flatMap((file) => {
      const code = readFileSync(join(root, file), "utf8");
      const names = packagesOf(code).filter((name) => !here.has(name));
      return names.map((name) => `${file}: ${name}`);
    });
    expect(strangers).toEqual([]);
  });
});

describe("documentation", () => {
  const tracked = trackedFiles();
  const pages = tracked.filter((file) => /^(README(\.zh-CN)?|CONTRIBUTING|docs\/.*)\.md$/.test(file));

  test.each(pages)("%s names only paths that exist", (document) => {
    expect(missingPaths(document, tracked)).toEqual([]);
  });

  test.each([
    "nginx/parlance.conf",
    "haproxy/haproxy.cfg",
    "haproxy/passthrough.cfg",
    "haproxy/cluster.cfg",
    "caddy/Caddyfile",
    "compose.cluster.yaml",
  ])("docs/operating.md prints deploy/%s as it is", (name) => {
    const page = readFileSync(join(root, "docs/operating.md"), "utf8");
    const [, after = ""] = page.split(`](../deploy/${name})`);
    const printed = /^```\w+\n(.*?)^```$/ms.exec(after)?.[1];
    expect(printed).toBe(readFileSync(join(root, "deploy", name), "utf8"));
  });

  test.each([
    ["README.md", "README.zh-CN.md"],
    ["docs/client.md", "docs/client.zh-CN.md"],
  ])("%s has the same commands in Chinese", (page, chinese) => {
    const commands = commandsOf(page);
    expect(commands.length).toBeGreaterThanOrEqual(3);
    expect(commandsOf(chinese)).toEqual(commands);
  });

  test.each([
    ["README.md", /not authenticated/],
    ["README.zh-CN.md", /不验证|不做验证/],
    ["SECURITY.md", /not authenticated/],
    ["docs/operating.md", /no authentication of nicknames|without proof of identity/],
    ["docs/security.md", /can log in under any nickname that is free/],
  ])("%s states that the nickname of a guest proves nothing", (page, words) => {
    expect(readFileSync(join(root, page), "utf8").replace(/\s+/g, " ")).toMatch(words);
  });

  // Within one script they are accepted, see the table in docs/protocol.md.
  test.each(["README.md", "README.zh-CN.md", "docs/client.md", "docs/client.zh-CN.md"])(
    "%s promises no more of look-alikes than the server refuses: those of other scripts",
    (page) => {
      const sentences = prose(page)
        .replace(/\s+/g, " ")
        .split(/(?<=[.;:|]|[。；：])/);
      const isPromise = (one: string) => /look-?alike.*refuse|refuse.*look-?alike|像别人.*拒绝/i.test(one);
      const promises = sentences.filter(isPromise);
      expect(promises.filter((one) => !/other scripts|registered|别的文字|其他文字/.test(one))).toEqual([]);
    },
  );

  test.each([
    ["when a nickname and its place are free again", ["grace"], ["宽限期"]],
    ["what serves in place of IRC's commands", ["IRC", "`/join`", "`/nick`"], ["IRC", "`/join`", "`/nick`"]],
    ["shell completion", ["parlance completion bash"], ["parlance completion bash"]],
    ["where its files are", ["XDG_STATE_HOME"], ["XDG_STATE_HOME"]],
    ["how to start afresh and to uninstall", ["afresh", "uninstall"], ["重新开始", "卸载"]],
    ["other systems", ["macOS", "Windows"], ["macOS", "Windows"]],
    ["the keys of readline", ["Delete", "Alt-Backspace", "^D"], ["Delete", "Alt-Backspace", "^D"]],
  ])("the page of the client has %s, in both languages", (_topic, english, chinese) => {
    for (const [page, words] of [
      ["docs/client.md", english],
      ["docs/client.zh-CN.md", chinese],
    ] as const) {
      const text = readFileSync(join(root, page), "utf8");
      expect(words.filter((word) => !text.includes(word))).toEqual([]);
    }
  });

  test.each([
    ...["exactly-once", "idempotency key", "backpressure", "retention", "presence", "session resumption"],
    ...["precedence", "reverse proxy", "TLS termination", "h2c", "rate limit"],
  ])("%s, the term of the field, is found", (term) => {
    const holds = (page: string) =>
      readFileSync(join(root, page), "utf8").toLowerCase().includes(term.toLowerCase());
    expect(pages.filter(holds)).not.toEqual([]);
  });

  test.each(tracked.filter((file) => file.endsWith(".svg")))(
    "%s is a picture that needs nothing else",
    (file) => {
      const picture = readFileSync(join(root, file), "utf8");
      expect(picture.match(/<script|<foreignObject|@import|url\(|href=|\son\w+=/g)).toBeNull();
      if (file.startsWith("docs/")) expect(picture).toContain("prefers-color-scheme:dark");
    },
  );

  test("the glossary is alphabetical, and each entry ends with a file", () => {
    const [, ...entries] = readFileSync(join(root, "docs/glossary.md"), "utf8").split(/^- \*\*/m);
    expect(entries.filter((entry) => !/`(server|client)\/[^`]+`\s*$/.test(entry))).toEqual([]);
    const terms = entries.map((entry) => entry.slice(0, entry.indexOf("**")));
    expect(terms).toEqual(terms.toSorted((a, b) => a.localeCompare(b, "en")));
  });
});
