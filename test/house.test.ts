import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** Room of the house -> what it may import: rooms, and whether Node's modules and npm packages. */
const rules: Record<string, { rooms: string[]; node: boolean; npm: boolean }> = {
  "server/room": { rooms: [], node: false, npm: false },
  "server/engines": { rooms: ["server/room"], node: true, npm: true },
  "server/feed": { rooms: ["server/room"], node: true, npm: false },
  "server/rpc": { rooms: ["server/room", "server/feed", "server/wire", "gen"], node: true, npm: true },
  "server/wire": { rooms: ["server/room", "server/feed", "server/port", "gen"], node: true, npm: true },
  "server/port": { rooms: [], node: true, npm: false },
  "server/ops": { rooms: ["server/room", "server/wire", "gen"], node: true, npm: true },
  "client/session": { rooms: ["gen"], node: true, npm: true },
  "client/terminal": { rooms: ["client/session", "client/i18n"], node: true, npm: true },
  "client/i18n": { rooms: ["client/session"], node: false, npm: false },
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
const roomOf = (path: string) => Object.keys(rules).find((room) => path.startsWith(`${room}/`));

describe("the house", () => {
  test.each(Object.entries(rules))("%s imports only what stands below it", (room, rule) => {
    const wrong = all.filter(({ from, to }) => {
      if (!from.startsWith(`${room}/`) || from.includes("/contract/")) return false;
      if (to.startsWith("node:")) return !rule.node;
      if (!/^(server|client|gen)\//.test(to)) return !rule.npm;
      return !to.startsWith(`${room}/`) && !rule.rooms.some((allowed) => to.startsWith(`${allowed}/`));
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

  test("the terminal knows of the session its types alone", () => {
    const wrong = all.filter(
      ({ from, to, typeOnly }) =>
        from.startsWith("client/terminal/") && to.startsWith("client/session/") && !typeOnly,
    );
    expect(wrong).toEqual([]);
  });

  test("no imports run in a circle", () => {
    const edges = new Map<string, string[]>();
    for (const { from, to, typeOnly } of all)
      if (!typeOnly) edges.set(from, [...(edges.get(from) ?? []), to]);
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (file: string, path: string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      if (done.has(file) || path.includes(file)) return;
      for (const next of edges.get(file) ?? []) walk(next, [...path, file]);
      done.add(file);
    };
    for (const file of edges.keys()) walk(file, []);
    expect(circles).toEqual([]);
  });

  test("only the two mains touch the process", () => {
    const wrong = ["server", "client"].flatMap(sources).filter((file) => {
      if (roomOf(file) === undefined || file.startsWith("client/terminal/")) return false;
      return /\bprocess\.(exit|stdin|stdout|argv|on)\b/.test(readFileSync(join(root, file), "utf8"));
    });
    expect(wrong.map((file) => relative(root, join(root, file)))).toEqual([]);
  });
});
