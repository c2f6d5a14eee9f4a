import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, onTestFinished, test } from "vitest";
import { buildFolder } from "./support/build.js";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

/** The files that are published, without dist/ where it is not built. */
async function packedFiles(): Promise<string[]> {
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root });
  // npm 11 prints an array of packages, npm 12 an object by name.
  const [pack] = Object.values<{ files: { path: string }[] }>(JSON.parse(stdout));
  return pack!.files.map(({ path }) => path);
}

const fileOf = (name: string) => fileURLToPath(import.meta.resolve(name));

const { engines, man, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

describe.each(["parlance", "parlance-server"])("the command %s", (command) => {
  test.each([
    ["in the package", () => buildFolder()!],
    ["in a checkout", () => root],
  ])("starts %s", async (_, folder) => {
    const { stdout } = await run(process.execPath, [join(folder(), "bin", `${command}.js`), "--version"]);
    expect(stdout).toContain(version);
  });

  test("refuses an older Node in one line", async () => {
    const older = `data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.20.2"}})`;
    const file = join(buildFolder()!, "bin", `${command}.js`);
    const oldest = engines.node.replace(">=", "");
    await expect(run(process.execPath, ["--import", older, file])).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: `${command} needs Node.js ${oldest} or later; this is 20.20.2\n`,
    });
  });
});

test("the client needs no package beside its bundle, which installs no command of others", async () => {
  const folder = await mkdtemp(join(tmpdir(), "parlance-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "dist"));
  for (const file of ["package.json", "dist/parlance.js"])
    await copyFile(join(buildFolder()!, file), join(folder, file));
  const { stdout } = await run(process.execPath, [join(folder, "dist", "parlance.js"), "completion", "fish"]);
  expect(stdout).toContain("complete -c parlance");
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(Object.keys(dependencies)).not.toContain("@bomb.sh/tab");
});

describe("installing the package", () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

  test("runs no script, of its own or of what it depends on, and needs no particular system", () => {
    const atInstall = ["preinstall", "install", "postinstall", "prepare", "preprepare", "postprepare"];
    expect(Object.keys(manifest.scripts).filter((script) => atInstall.includes(script))).toEqual([]);
    const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
    const installed = Object.entries<Locked>(packages).filter(([path, one]) => path !== "" && !one.dev);
    expect(installed.length).toBeGreaterThan(Object.keys(manifest.dependencies).length);
    const native = installed.filter(([, one]) => one.hasInstallScript || one.os || one.cpu || one.libc);
    expect(native.map(([path]) => path)).toEqual([]);
  });

  test("brings what one needs to find its source, take part, and report a fault", async () => {
    const { keywords, homepage, bugs, repository, license } = manifest;
    for (const address of [homepage, bugs, repository.url]) expect(address).toContain("/parlance");
    expect(keywords).toEqual(expect.arrayContaining(["chat", "terminal", "connectrpc", "grpc"]));
    expect(license).toBe("Apache-2.0");
    const pages = [
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "LICENSE",
      "README.md",
      "README.zh-CN.md",
      "SECURITY.md",
    ];
    expect(await packedFiles()).toEqual(expect.arrayContaining(pages));
  });
});

/** A package in package-lock.json. */
interface Locked {
  readonly dev?: true;
  readonly hasInstallScript?: true;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

test("the man page is named in a list, since npm links no other", () => {
  expect(Array.isArray(man)).toBe(true);
  for (const page of man) expect(readFileSync(join(root, page), "utf8")).toMatch(/^\.TH PARLANCE 1 /);
});

describe("exports of the package for other projects", () => {
  test("the image of the schema, to check against and to generate from", () => {
    const image = fromBinary(FileDescriptorSetSchema, readFileSync(fileOf("parlance-chat/proto")));
    const services = image.file.flatMap(({ service }) => service.map(({ name }) => name));
    expect(services).toEqual(["ChatService"]);
  });

  const protoFiles = ["chat_service", "errors", "event", "limits", "moderation_service", "room", "user"];

  test.each(protoFiles)("%s.proto itself", (name) => {
    const text = readFileSync(fileOf(`parlance-chat/proto/parlance/v1/${name}.proto`), "utf8");
    expect(text).toContain("package parlance.v1;");
  });

  test("the schema as it is packed, with README and license", async () => {
    const packed = (await packedFiles()).filter((path) => path.startsWith("proto/"));
    expect(packed.toSorted()).toEqual([
      "proto/LICENSE",
      "proto/README.md",
      "proto/baseline.binpb",
      ...protoFiles.map((name) => `proto/parlance/v1/${name}.proto`),
    ]);
  });

  test("the client library for browsers, without anything of Node", () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const bundle = readFileSync(join(buildFolder()!, exports["./client"].browser), "utf8");
    const imported = [...bundle.matchAll(/^(?:import|export) [^;]*? from "([^"]+)"/gm)].map(
      ([, name]) => name,
    );
    expect(imported).toContain("@connectrpc/connect-web");
    expect(imported.filter((name) => /^node:|connect-node/.test(name!))).toEqual([]);
  });
});
