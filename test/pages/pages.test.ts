/** Every command of every page, entered in order by a reader with a fresh clone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { background, codes, elsewhere, filledIn, given, interop, isInInterop, untilStopped } from "./how.js";
import { type Page, readPages, type Step } from "./page.js";
import { helpPage } from "./programs.js";
import { clone, folderOf, openReader, type Ran, type Reader } from "./reader.js";
import { compare } from "./shown.js";

const pages = [...readPages(), helpPage()];
const matches = (one: string | RegExp, command: string) =>
  typeof one === "string" ? one === command : one.test(command);
const elsewhereOf = ({ path }: Page, command: string) =>
  isInInterop(path, command) ? interop : elsewhere.find((one) => matches(one.command, command));
const stepsOf = ({ blocks }: Page) => blocks.flatMap(({ steps }) => steps);
const firstLine = (text: string) => text.split("\n")[0]!;

/** A page in another language has the commands of the English one, which are not entered again. */
function withoutTranslated(page: Page): Page {
  const english = pages.find(({ path }) => path !== page.path && path === page.path.replace(".zh-CN", ""));
  const known = english ? stepsOf(english).map(({ command }) => command) : [];
  return {
    ...page,
    blocks: page.blocks.filter(({ steps }) => steps.some(({ command }) => !known.includes(command))),
  };
}

const folder = mkdtempSync(join(tmpdir(), "parlance-pages-"));
const checkout = join(folder, "parlance");
beforeAll(() => clone(checkout), 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const withCommands = pages.map(withoutTranslated).filter((page) => stepsOf(page).length > 0);

describe.each(withCommands.map((page) => [page.path, page] as const))("%s", (path, page) => {
  const isRun = stepsOf(page).some(({ command }) => !elsewhereOf(page, command));
  let reader: Reader | undefined;
  /** Ends the server that the page has started for its other commands. */
  let end = async () => {};
  async function prepare(name: string): Promise<void> {
    const ran = given[name] === undefined ? undefined : await reader!.enter(given[name]);
    expect(ran?.code ?? 0, ran?.stderr).toBe(0);
  }
  /** A reader stops a server before starting another one. */
  async function run(command: string): Promise<void> {
    if (stoppedBy(command)?.isServer) await end();
    end = await serve(reader!, command, end);
  }

  beforeAll(async () => {
    if (!isRun) return;
    reader = await openReader(checkout, folderOf(page), mkdtempSync(join(folder, "machine-")));
    const starts = ({ command }: Step) => stoppedBy(command)?.isServer || startedBy(command) !== undefined;
    if (!page.blocks[0]!.steps.some(starts)) await run("npm start");
    await prepare(path);
  });
  afterAll(async () => {
    await end();
    await reader?.close();
  });

  describe.each(page.blocks.map((block, i) => [i + 1, block] as const))("block %i", (_, { steps, shown }) => {
    let printed = "";

    test.each(steps.map((step) => [firstLine(step.command), step] as const))("%s", async (_title, step) => {
      const { command } = step;
      const apart = elsewhereOf(page, command);
      const stopped = stoppedBy(command);
      if (!apart) await prepare(command);
      if (apart) expect(apart.isCovered(command), apart.reason).toBe(true);
      else if (stopped) await run(command);
      else printed += (await finish(reader!, step)).stdout;
    });

    if (!shown) return;
    test("prints what the page shows", () => {
      const both = compare(shown.language, shown.text, printed);
      if (shown.language === "lines") expect(both.printed).toMatchObject(both.shown as object);
      else expect(both.printed).toEqual(both.shown);
    });
  });
});

const startedBy = (command: string) =>
  Object.entries(background).find(([program]) => command.startsWith(program) && command.endsWith("&"))?.[1];
const stoppedBy = (command: string) => untilStopped.find((one) => one.command.test(command));

/** Enters what runs until it is stopped; resolves, once it works, with what stops the page's server. */
async function serve(
  reader: Reader,
  command: string,
  other: () => Promise<void>,
): Promise<() => Promise<void>> {
  const { shows, then, isServer } = stoppedBy(command)!;
  const screen = await reader.open(command);
  await screen.until(`${shows}`, (text) => shows.test(text));
  const stop = async () => {
    await then(screen);
    expect([0, 130]).toContain(await screen.exit);
  };
  if (isServer) return stop;
  await stop();
  return other;
}

async function finish(reader: Reader, { command, isScript }: Step): Promise<Ran> {
  const line = filledIn[command] ?? command;
  const ran = await reader.enter(isScript ? `npx node --input-type=module <<'END'\n${line}END` : line);
  const { code } = codes.find((one) => one.command.test(command)) ?? { code: 0 };
  expect(ran.code, ran.stderr).toBe(code);
  const shows = startedBy(command);
  if (shows) await expect.poll(() => reader.printed(ran), { timeout: 20_000 }).toMatch(shows);
  return ran;
}

describe("the pages", () => {
  test("have their commands in blocks that this test finds", () => {
    const unreadable = pages.flatMap(({ path, unreadable: found }) =>
      found.map((what) => `${path}: ${what}`),
    );
    expect(unreadable).toEqual([]);
    expect(withCommands.flatMap(stepsOf).length).toBeGreaterThan(60);
  });

  test("still have each command that is not run, or run in another way", () => {
    const commands = withCommands.flatMap(stepsOf).map(({ command }) => command);
    const known = [
      ...elsewhere.map(({ command }) => command),
      ...untilStopped.map(({ command }) => command),
      ...codes.map(({ command }) => command),
      ...Object.keys(filledIn),
      ...Object.keys(given).filter((one) => !pages.some(({ path }) => path === one)),
    ];
    expect(known.filter((one) => !commands.some((command) => matches(one, command)))).toEqual([]);
    for (const program of Object.keys(background))
      expect(commands.some((command) => command.startsWith(program))).toBe(true);
  });
});
