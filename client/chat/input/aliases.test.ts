import { expect, test } from "vitest";
import { expandAlias } from "./aliases.js";

const aliases = new Map([
  ["wc", "/who"],
  ["bot", "@robot"],
]);

test.each([
  ["/wc", "/who"],
  ["／ＷＣ", "/who"],
  ["、wc", "/who"],
  ["/bot status  now\n2", "@robot status  now\n2"],
  ["/bot", "@robot"],
  ["/wcx", "/wcx"],
  ["wc", "wc"],
  ["hello /wc", "hello /wc"],
])("%j stands for %j", (input, expected) => expect(expandAlias(input, aliases)).toBe(expected));
