import type { Line, Problem } from "../chat/line.js";
import { createPlainWriter, type PlainWriter } from "../terminal/plain.js";
import type { Context } from "./context.js";

export interface Output extends PlainWriter {
  problem(problem: Problem): void;
  /** Resolves when the reader of stdout is gone: nothing more can be told, the command leaves. */
  readonly gone: Promise<void>;
}

/** Plain lines on stdout, problems on stderr. */
export function createOutput({ words, config, stdout, stderr }: Context): Output {
  let onClosed = () => {};
  let onError: (error: Error) => void = () => {};
  const gone = new Promise<void>((resolve, reject) => {
    onClosed = resolve;
    onError = reject;
  });
  gone.catch(() => {});
  const timeFormat = config.time ?? (stdout.isTTY ? "hm" : "iso");
  const writer = createPlainWriter({ words, stdout, stderr, timeFormat, onClosed, onError });
  const problem = (told: Problem) => {
    const line: Line = { kind: "problem", at: Date.now(), problem: told };
    writer.show(line);
  };
  return { ...writer, problem, gone };
}
