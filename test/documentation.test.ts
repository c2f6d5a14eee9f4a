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

  test("of README.md resolve to files of the package", () => {
    // npm 11 prints an array of packages, npm 12 an object by name. Scripts would only build dist/, which is not linked.
    const printed = run("npm", "pack", "--dry-run", "--json", "--ignore-scripts");
    const [pack] = Object.values<{ files: { path: string }[] }>(JSON.parse(printed));
    const packed = pack!.files.map(({ path }) => path);
    expect(brokenLinks("README.md", packed)).toEqual([]);
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

  test.each(tracked.filter((file) => file.endsWith(".svg")))(
    "%s is a picture that needs nothing else",
    (file) => {
      const picture = readFileSync(join(root, file), "utf8");
      expect(picture.match(/<script|<foreignObject|@import|url\(|href=|\son\w+=/g)).toBeNull();
      expect(picture).toContain("prefers-color-scheme:dark");
    },
  );

  test("the glossary is alphabetical, and each entry ends with a file", () => {
    const [, ...entries] = readFileSync(join(root, "docs/glossary.md"), "utf8").split(/^- \*\*/m);
    expect(entries.filter((entry) => !/`(server|client)\/[^`]+`\s*$/.test(entry))).toEqual([]);
    const terms = entries.map((entry) => entry.slice(0, entry.indexOf("**")));
    expect(terms).toEqual(terms.toSorted());
  });
});
