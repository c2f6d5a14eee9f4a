/** The pages of the project, and the commands that they give to their readers. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");

/** Fences in which no command is. A block of its own language for commands: sh. */
const TEXTS = ["", "text", "json", "toml", "yaml", "nginx", "haproxy", "caddyfile", "js", "html", "css"];

/** What a reader enters. */
export interface Step {
  /** As on the page, without a comment. */
  readonly command: string;
  /** Whether it is a program for Node instead of a line for the shell. */
  readonly isScript: boolean;
}

/** Steps that belong together, and what they print in the end, if the page shows that. */
export interface Block {
  readonly steps: readonly Step[];
  readonly shown: { readonly language: string; readonly text: string } | undefined;
}

export interface Page {
  readonly path: string;
  readonly blocks: readonly Block[];
  /** Without its blocks. */
  readonly prose: string;
  /** What is in backticks, on one line. */
  readonly spans: readonly string[];
  /** Fences of unknown languages, and blocks that are indented instead: commands in them would not be found. */
  readonly unreadable: readonly string[];
}

/** Files that git tracks, as they are in the working tree. */
export function trackedFiles(): string[] {
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0");
  return files.filter((file) => file !== "" && existsSync(join(root, file)));
}

/** All Markdown files but the history of changes, which names what was. */
export function readPages(): Page[] {
  return trackedFiles()
    .filter((file) => /\.md$/.test(file) && !/^(CHANGELOG\.md|\.github\/)/.test(file))
    .map((path) => readPage(path, readFileSync(join(root, path), "utf8")));
}

interface Fence {
  readonly language: string;
  readonly text: string;
}

export function readPage(path: string, text: string): Page {
  const fences = [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(
    ([, language, inner]): Fence => ({ language: language!.trim(), text: inner! }),
  );
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  const indented = [...prose.matchAll(/\n\n {4}(\S.*)/g)].map(([, line]) => line!);
  const unknown = fences.filter(({ language }) => language !== "sh" && !TEXTS.includes(language));
  return {
    path,
    prose,
    blocks: fences.flatMap((fence, i) => blocksOf(fence, fences[i + 1])),
    spans: [...prose.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(([, span]) =>
      span!.replace(/\s+/g, " ").replaceAll("\\|", "|"),
    ),
    unreadable: [...unknown.map(({ language }) => `\`\`\`${language}`), ...indented],
  };
}

function blocksOf(fence: Fence, next: Fence | undefined): Block[] {
  const shown = next && /^(json|text)$/.test(next.language) ? next : undefined;
  if (fence.language === "sh") return [{ steps: stepsOf(fence.text), shown }];
  // Only one whose output is shown; the others are parts of programs.
  if (fence.language === "js" && shown) return [{ steps: [{ command: fence.text, isScript: true }], shown }];
  return fence.language === "" ? dialogOf(fence.text) : [];
}

/** A block in which `$ ` precedes commands, and what they print follows. */
function dialogOf(text: string): Block[] {
  const [before, ...parts] = text.split(/^\$ /m);
  if (before !== "") return [];
  return parts.map((part) => {
    const [command = "", ...printed] = part.trimEnd().split("\n");
    return { steps: stepsOf(command), shown: { language: "lines", text: printed.join("\n") } };
  });
}

/** Splits text where bash takes what precedes as complete. */
export function stepsOf(text: string): Step[] {
  const steps: Step[] = [];
  let lines = "";
  for (const line of text.split("\n")) {
    lines += lines === "" ? line : `\n${line}`;
    if (!isComplete(lines)) continue;
    const command = lines.replace(/(^|\s+)# .*$/, "").trim();
    if (command !== "") steps.push({ command, isScript: false });
    lines = "";
  }
  return steps;
}

function isComplete(text: string): boolean {
  if (text.endsWith("\\")) return false;
  if (!/[("'{]|<<|\b(do|then)\b/.test(text)) return true;
  // Of a here-document that does not end, bash only warns.
  const { status, stderr } = spawnSync("bash", ["-n"], { input: text, encoding: "utf8" });
  return status === 0 && stderr === "";
}
