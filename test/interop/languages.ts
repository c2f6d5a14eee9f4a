import { spawnSync } from "node:child_process";

/** One folder of examples and its requirements. */
export interface Language {
  /** Name for --require; several folders may share one. */
  readonly name: string;
  readonly folder: string;
  /** Required programs, each as a command that succeeds if it is installed. */
  readonly tools: readonly string[];
}

export const languages: readonly Language[] = [
  {
    name: "python",
    folder: "python",
    tools: ["python3 -c 'import sys; assert sys.version_info >= (3, 11)'"],
  },
  {
    name: "python",
    folder: "python-connect",
    tools: ["python3 -c 'import sys; assert sys.version_info >= (3, 11)'"],
  },
  { name: "go", folder: "go", tools: ["go version"] },
  { name: "java", folder: "java", tools: ["javac -version", "mvn -version"] },
  { name: "rust", folder: "rust", tools: ["cargo --version"] },
  { name: "shell", folder: "shell", tools: ["bash --version", "curl --version", "jq --version"] },
];

/** The first missing program; undefined if none is. */
export function missingTool({ tools }: Language): string | undefined {
  const missing = tools.find((tool) => spawnSync("bash", ["-c", tool], { stdio: "ignore" }).status !== 0);
  return missing?.split(" ")[0];
}
