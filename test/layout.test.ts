import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const MAX_FILES = 15;

/** What the files of a folder may import: folders and single files, and whether Node's modules and npm packages. */
interface Rule {
  readonly folders: readonly string[];
  readonly node: boolean;
  readonly npm: boolean;
}

/** From the ground up. */
const serverRules: Record<string, Rule> = {
  "server/room": { folders: [], node: false, npm: false },
  "server/external": { folders: ["server/room"], node: true, npm: true },
  "server/engines": { folders: ["server/room"], node: true, npm: true },
  "server/engines/memory": { folders: ["server/engines", "server/room"], node: false, npm: false },
  "server/engines/sqlite": { folders: ["server/engines", "server/room"], node: true, npm: false },
  "server/port": { folders: [], node: true, npm: false },
  "server/secrets": { folders: ["server/room"], node: true, npm: true },
  "server/feed": { folders: ["server/room"], node: true, npm: false },
  "server/wire": { folders: ["server/room", "server/feed", "server/port", "gen"], node: true, npm: true },
  "server/rpc": { folders: ["server/room", "server/feed", "server/wire", "gen"], node: true, npm: true },
  "server/ops": { folders: ["server/room", "server/port", "gen"], node: true, npm: true },
  "server/pages": { folders: ["server/port"], node: true, npm: false },
  "server/cli": {
    folders: ["server/room", "server/engines", "server/rpc", "server/ops", "gen"],
    node: true,
    npm: true,
  },
  "server/processes": { folders: ["server/room", "server/cli"], node: true, npm: false },
};
const everything = Object.keys(serverRules);
/** Process and composition. */
const serverMains: Record<string, Rule> = Object.fromEntries(
  ["app", "backend", "main", "owner", "stores", "system", "version", "worker"].map((name) => [
    `server/${name}.ts`,
    {
      folders: [
        ...everything,
        ...["app", "backend", "owner", "stores", "system", "version", "worker"].map(
          (one) => `server/${one}.ts`,
        ),
        "gen",
      ],
      node: true,
      npm: true,
    },
  ]),
);

/** What of the session needs Node; package.json selects another file for browsers. */
const onNode = "client/session/transport.ts";
/** Where the names of package.json's `imports` lead on Node. */
const aliases: Readonly<Record<string, string>> = { "#transport": onNode };

/** From the ground up; a folder within another is held to both its rows. */
const clientRules: Record<string, Rule> = {
  "client/session": { folders: ["gen"], node: false, npm: true },
  "client/chat": { folders: ["client/session", "gen"], node: false, npm: true },
  "client/i18n": { folders: ["client/chat"], node: false, npm: false },
  "client/text": { folders: ["client/chat", "client/i18n"], node: false, npm: true },
  "client/storage": { folders: ["client/session", "client/text"], node: true, npm: false },
  "client/terminal/input": { folders: ["client/chat", "client/text"], node: true, npm: false },
  "client/terminal/screen": { folders: ["client/text"], node: true, npm: false },
  "client/terminal": { folders: ["client/chat", "client/i18n", "client/text"], node: true, npm: false },
  "client/web": {
    folders: ["client/session", "client/chat", "client/text", "client/i18n"],
    node: false,
    npm: true,
  },
  "client/config.ts": {
    folders: ["client/chat", "client/i18n", "client/storage", "client/text"],
    node: true,
    npm: false,
  },
  "client/commands": {
    folders: [
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
    folders: ["client/commands", "client/config.ts", "client/i18n", "client/terminal"],
    node: true,
    npm: true,
  },
};

const rules: Record<string, Rule> = {
  ...serverRules,
  ...serverMains,
  ...clientRules,
  gen: { folders: [], node: false, npm: true },
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
    const path =
      to in aliases
        ? aliases[to]!
        : to.startsWith(".")
          ? normalize(join(dirname(file), to)).replace(/\.js$/, ".ts")
          : to;
    return { from: file, to: path, typeOnly: Boolean(type) };
  });
}

const all = ["server", "client", "gen"].flatMap(sources).flatMap(imports);
const isIn = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);
const rowOf = (path: string) => Object.keys(rules).find((folder) => isIn(path, folder));

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

describe("the layout", () => {
  test.each(Object.entries(rules))("%s imports only what is below it", (folder, rule) => {
    const wrong = all.filter(({ from, to }) => {
      if (!isIn(from, folder) || from.includes("/contract/")) return false;
      if (to.startsWith("node:")) return !rule.node && from !== onNode;
      if (!/^(server|client|gen)\//.test(to)) return !rule.npm;
      return !isIn(to, folder) && !rule.folders.some((allowed) => isIn(to, allowed));
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

  test("every file has a row", () => {
    expect(["server", "client"].flatMap(sources).filter((file) => rowOf(file) === undefined)).toEqual([]);
  });

  test("no folder is too long to take in at a glance", () => {
    const counts = new Map<string, number>();
    for (const file of ["server", "client"].flatMap(sources))
      counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    expect([...counts].filter(([, count]) => count > MAX_FILES)).toEqual([]);
  });

  test("the terminal imports only types from the chat", () => {
    const wrong = all.filter(
      ({ from, to, typeOnly }) => isIn(from, "client/terminal") && isIn(to, "client/chat") && !typeOnly,
    );
    expect(wrong).toEqual([]);
  });

  test("what the page is made of needs nothing of Node", () => {
    const shared = ["client/session", "client/chat", "client/i18n", "client/text", "client/web"].flatMap(
      sources,
    );
    const wrong = shared.filter((file) => {
      if (file === onNode) return false;
      const text = readFileSync(join(root, file), "utf8");
      return /@connectrpc\/connect-node|\bprocess\.\w|\bNodeJS\.|\bBuffer\b/.test(text);
    });
    expect(wrong).toEqual([]);
  });

  test("no imports run in a circle, types included", () => {
    expect(circlesOf(all)).toEqual([]);
  });

  test("only the two mains touch the process", () => {
    const wrong = ["server", "client"].flatMap(sources).filter((file) => {
      const isMain = file === "client/main.ts" || file === "server/main.ts";
      if (isMain || file.startsWith("client/terminal/")) return false;
      return /\bprocess\.(exit|stdin|stdout|argv|on)\b/.test(readFileSync(join(root, file), "utf8"));
    });
    expect(wrong.map((file) => relative(root, join(root, file)))).toEqual([]);
  });
});
