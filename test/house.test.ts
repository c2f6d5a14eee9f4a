import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** What the files of a folder may import: folders and single files, and whether Node's modules and npm packages. */
interface Rule {
  readonly rooms: readonly string[];
  readonly node: boolean;
  readonly npm: boolean;
}

const serverRules: Record<string, Rule> = {
  "server/room": { rooms: [], node: false, npm: false },
  "server/engines": { rooms: ["server/room"], node: true, npm: true },
  "server/feed": { rooms: ["server/room"], node: true, npm: false },
  "server/rpc": { rooms: ["server/room", "server/feed", "server/wire", "gen"], node: true, npm: true },
  "server/wire": { rooms: ["server/room", "server/feed", "server/port", "gen"], node: true, npm: true },
  "server/port": { rooms: [], node: true, npm: false },
  "server/ops": { rooms: ["server/room", "server/wire", "gen"], node: true, npm: true },
};

/** From the ground up; a folder within another is held to both its rows. */
const clientRules: Record<string, Rule> = {
  "client/session": { rooms: ["gen"], node: false, npm: true },
  "client/chat": { rooms: ["client/session", "gen"], node: false, npm: true },
  "client/i18n": { rooms: ["client/chat"], node: false, npm: false },
  "client/text": { rooms: ["client/chat", "client/i18n"], node: false, npm: true },
  "client/storage": { rooms: ["client/session"], node: true, npm: false },
  "client/terminal/input": { rooms: ["client/chat", "client/text"], node: true, npm: false },
  "client/terminal/screen": { rooms: ["client/text"], node: true, npm: false },
  "client/terminal": { rooms: ["client/chat", "client/i18n", "client/text"], node: true, npm: false },
  "client/config.ts": { rooms: ["client/i18n", "client/storage"], node: true, npm: false },
  "client/commands": {
    rooms: [
      "client/session",
      "client/chat",
      "client/i18n",
      "client/text",
      "client/storage",
      "client/terminal",
      "client/config.ts",
      "gen",
    ],
    node: true,
    npm: true,
  },
  "client/main.ts": {
    rooms: ["client/commands", "client/config.ts", "client/i18n", "client/terminal"],
    node: true,
    npm: true,
  },
};

const rules: Record<string, Rule> = {
  ...serverRules,
  ...clientRules,
  gen: { rooms: [], node: false, npm: true },
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(join(root, path)).isDirectory()) return sources(path);
    return name.endsWith(".ts") && !isTest(name) ? [path] : [];
  });
}

// The engines' contract suite and test doubles stand beside the engines, but are tests.
const isTest = (name: string) => /\.test\.ts$|^contract\.ts$|^testing\.ts$|^test-|^manual-clock/.test(name);

function imports(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)/gm);
  return [...found].map(([, type, from, dynamic]) => {
    const to = (from ?? dynamic)!;
    const path = to.startsWith(".") ? normalize(join(dirname(file), to)).replace(/\.js$/, ".ts") : to;
    return { from: file, to: path, typeOnly: Boolean(type) };
  });
}

const all = ["server", "client", "gen"].flatMap(sources).flatMap(imports);
const isIn = (path: string, room: string) => path === room || path.startsWith(`${room}/`);
const roomOf = (path: string) => Object.keys(rules).find((room) => isIn(path, room));

/** Chains of imports that lead back to their start. */
function circlesOf(found: readonly Import[]): string[] {
  const edges = new Map<string, string[]>();
  for (const { from, to } of found) edges.set(from, [...(edges.get(from) ?? []), to]);
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, path: string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (done.has(file) || path.includes(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  return circles;
}

describe("the house", () => {
  test.each(Object.entries(rules))("%s imports only what stands below it", (room, rule) => {
    const wrong = all.filter(({ from, to }) => {
      if (!isIn(from, room) || from.includes("/contract/")) return false;
      if (to.startsWith("node:")) return !rule.node;
      if (!/^(server|client|gen)\//.test(to)) return !rule.npm;
      return !isIn(to, room) && !rule.rooms.some((allowed) => isIn(to, allowed));
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("server and client meet in gen alone", () => {
    const wrong = all.filter(
      ({ from, to }) =>
        (from.startsWith("client/") && to.startsWith("server/")) ||
        (from.startsWith("server/") && to.startsWith("client/")),
    );
    expect(wrong).toEqual([]);
  });

  test("every file of the client is held to a row", () => {
    expect(sources("client").filter((file) => roomOf(file) === undefined)).toEqual([]);
  });

  test("the terminal imports only types from the chat", () => {
    const wrong = all.filter(
      ({ from, to, typeOnly }) => isIn(from, "client/terminal") && isIn(to, "client/chat") && !typeOnly,
    );
    expect(wrong).toEqual([]);
  });

  test("what a page can share needs nothing of Node", () => {
    const shared = ["client/session", "client/chat", "client/i18n", "client/text"].flatMap(sources);
    const wrong = shared.filter((file) => {
      if (file === "client/session/node.ts") return false;
      const text = readFileSync(join(root, file), "utf8");
      return /@connectrpc\/connect-node|\bprocess\.\w|\bNodeJS\.|\bBuffer\b/.test(text);
    });
    expect(wrong).toEqual([]);
  });

  test("no imports run in a circle", () => {
    expect(circlesOf(all.filter(({ typeOnly }) => !typeOnly))).toEqual([]);
  });

  test("no imports of the client run in a circle, types included", () => {
    expect(circlesOf(all.filter(({ from }) => from.startsWith("client/")))).toEqual([]);
  });

  test("only the two mains touch the process", () => {
    const wrong = ["server", "client"].flatMap(sources).filter((file) => {
      const isMain = file === "client/main.ts" || roomOf(file) === undefined;
      if (isMain || file.startsWith("client/terminal/")) return false;
      return /\bprocess\.(exit|stdin|stdout|argv|on)\b/.test(readFileSync(join(root, file), "utf8"));
    });
    expect(wrong.map((file) => relative(root, join(root, file)))).toEqual([]);
  });
});
