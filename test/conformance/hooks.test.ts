import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NotApplicable } from "./case.js";
import { hooks, hooksByCommand } from "./hooks.js";

const page = readFileSync(join(import.meta.dirname, "../../docs/protocol.md"), "utf8");

test("docs/protocol.md documents each hook in the same words", () => {
  const rows = [...page.matchAll(/^\| `(store-\w+|restart)` \| (.*) \|$/gm)].map(([, name, text]) => [
    name,
    text,
  ]);
  expect(Object.fromEntries(rows)).toEqual(hooks);
});

test("a hook is the last argument of the command, which the suite waits for", async () => {
  await hooksByCommand('test "$(sleep 0.05; echo store-copy)" =')("store-copy");
  await expect(hooksByCommand("test store-copy =")("restart")).rejects.toThrow(
    "the hook restart ended with 1",
  );
});

test("a case does not apply if the server does not have its hook", async () => {
  const none = hooksByCommand("sh -c 'exit 69'");
  await expect(none("store-off")).rejects.toThrow(new NotApplicable("requires the hook store-off"));
});

test("a hook that is killed fails", async () => {
  await expect(hooksByCommand("kill -9 $$ #")("store-on")).rejects.toThrow(
    "the hook store-on ended with SIGKILL",
  );
});
