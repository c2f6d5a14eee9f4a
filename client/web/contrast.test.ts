import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const style = readFileSync(join(import.meta.dirname, "style.css"), "utf8");
/** Each colour of the style in its light and its dark form, by variable or class. */
const colours = new Map(
  [...style.matchAll(/(--[\w-]+|\.n\d+)(?::| \{\s+color:) light-dark\((#\w{6}), (#\w{6})\);/g)].map(
    ([, name, light, dark]) => [name!, { light: light!, dark: dark! }],
  ),
);
const nicknames = [...colours.keys()].filter((name) => name.startsWith(".n"));
const backgrounds = ["--page", "--surface", "--own", "--mention", "--private"];

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((one, other) => one - other);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(["light", "dark"] as const)("colours of the %s scheme", (scheme) => {
  const on = (name: string, background: string) =>
    contrast(colours.get(name)![scheme], colours.get(background)![scheme]);

  test("tell 16 nicknames apart", () => {
    expect(new Set(nicknames.map((name) => colours.get(name)![scheme])).size).toBe(16);
  });

  test.each([...nicknames, "--text", "--dim", "--accent", "--problem", "--private-text"])(
    "have a contrast of at least 4.5 to 1: %s",
    (name) => {
      expect(Math.min(...backgrounds.map((background) => on(name, background)))).toBeGreaterThanOrEqual(4.5);
    },
  );

  test("have a contrast of at least 3 to 1 at the edges of controls", () => {
    expect(on("--control", "--surface")).toBeGreaterThanOrEqual(3);
    expect(on("--on-accent", "--accent")).toBeGreaterThanOrEqual(4.5);
  });
});

test("docs/embedding.md lists the variables that a page can set for the element", () => {
  const docs = readFileSync(join(import.meta.dirname, "../../docs/embedding.md"), "utf8");
  const rows = docs.match(/^\| `--.*$/gm)!.map((row) => row.split("|")[1]!);
  const documented = rows.flatMap((row) => row.match(/--[\w-]+/g) ?? []);
  const [, defined = ""] = /:root,\s:host \{([^}]*)\}/.exec(style) ?? [];
  expect(documented.toSorted()).toEqual(
    (defined.match(/^ {2}--[\w-]+/gm) ?? []).map((name) => name.trim()).toSorted(),
  );
});
