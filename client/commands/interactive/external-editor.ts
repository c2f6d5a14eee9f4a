import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeUtf8 } from "../../text/utf8.js";
import type { Context } from "../context.js";
import type { Screen } from "./screen.js";

/** The person's own editor, as the shell runs it. */
export function editorOf(env: Context["env"], platform: NodeJS.Platform = process.platform): string {
  return env.VISUAL || env.EDITOR || (platform === "win32" ? "notepad" : "vi");
}

/** The editor ended with an error, or the text that it left cannot be read. */
class EditorError extends Error {
  override readonly name = "EditorError";
}

/**
 * Edits the input in $VISUAL or $EDITOR. The text is in a file that only its owner can read, and that is removed
 * afterwards. Messages that arrive meanwhile are shown when it has ended.
 */
export async function editInEditor(context: Context, screen: Screen): Promise<void> {
  const { env, withoutInterrupts, words } = context;
  const editor = editorOf(env);
  const dir = mkdtempSync(join(tmpdir(), "parlance-"));
  const file = join(dir, "message.txt");
  try {
    const { text } = screen.editor;
    writeFileSync(file, text === "" ? "" : `${text}\n`, { mode: 0o600 });
    await screen.terminal.lend(() => withoutInterrupts(() => run(editor, file)));
    const edited = decodeUtf8(readFileSync(file));
    if (edited === undefined) throw new EditorError(words.problem.editedNotUtf8);
    screen.replaceText(edited.replaceAll("\r\n", "\n").replace(/\n$/, ""));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    screen.print({ kind: "problem", at: Date.now(), problem: { what: "editor_failed", editor, why } }, null);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function run(editor: string, file: string): Promise<void> {
  const child =
    process.platform === "win32"
      ? spawn(`${editor} "${file}"`, { stdio: "inherit", shell: true })
      : spawn("/bin/sh", ["-c", `${editor} "$1"`, "sh", file], { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new EditorError(signal ?? `exit code ${code}`));
    });
  });
}
