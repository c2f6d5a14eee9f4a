import { expect, test } from "vitest";
import { readConfig } from "../../config.js";
import { en } from "../../i18n/en.js";
import { FakeScreen } from "../../terminal/screen/test-emulator.js";
import { FakeStdin } from "../../terminal/test-streams.js";
import type { Context } from "../context.js";
import { Screen } from "./screen.js";

function open() {
  const [stdin, stdout] = [new FakeStdin(), new FakeScreen()];
  const config = readConfig({}, { XDG_CONFIG_HOME: "/dev/null", XDG_STATE_HOME: "/dev/null" });
  const screen = new Screen({ config, words: en, stdin, stdout, env: {} } as unknown as Context);
  const submitted: string[] = [];
  screen.show({
    footer: () => ({ rows: [`> ${screen.editor.text}`], cursorRow: 0, cursorColumn: 0 }),
    act: (action) => void (action === "submit" && submitted.push(screen.editor.text)),
    onEnd: () => {},
  });
  const type = (text: string, encoding: BufferEncoding = "utf8") =>
    void stdin.emit("data", Buffer.from(text, encoding));
  /** Leaves, after which all is on the screen. */
  const refusals = async () => {
    screen.terminal.close();
    return (await stdout.lines()).filter((line) => line.includes("not UTF-8")).length;
  };
  return { screen, submitted, type, refusals };
}

test("what was typed or pasted and was not UTF-8 is not sent, and stays to be corrected", async () => {
  const { screen, submitted, type, refusals } = open();
  type("caf\xe9", "latin1");
  type("\r");
  type("\x1b[200~ol\xe9\x1b[201~", "latin1");
  type("\r");
  expect(submitted).toEqual([]);
  expect(screen.editor.text).toBe("caf\ufffdol\ufffd");
  type("\x7f\x7f\x7f\x7f\x7f");
  type("é");
  type("\r");
  expect([submitted, await refusals()]).toEqual([["caé"], 2]);
});

test("the character for what was not UTF-8 is sent where it was typed itself", async () => {
  const { submitted, type, refusals } = open();
  type("what is \ufffd?");
  type("\r");
  expect([submitted, await refusals()]).toEqual([["what is \ufffd?"], 0]);
});
