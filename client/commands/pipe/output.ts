import type { Line, Problem } from "../../chat/line.js";
import { createPlainWriter, type PlainWriter } from "../../terminal/plain.js";
import type { Context } from "../context.js";

export interface Output extends PlainWriter {
  problem(problem: Problem): void;
  /** Resolves when the reader of stdout has closed it: the command leaves. */
  readonly closed: Promise<void>;
}

/** Plain lines on stdout, problems on stderr. */
export function createOutput({ words, config, stdout, stderr }: Context): Output {
  let onClosed = () => {};
  let onError: (error: Error) => void = () => {};
  const closed = new Promise<void>((resolve, reject) => {
    onClosed = resolve;
    onError = reject;
  });
  closed.catch(() => {});
  const timeFormat = config.time ?? (stdout.isTTY ? "hm" : "iso");
  const writer = createPlainWriter({ words, stdout, stderr, timeFormat, onClosed, onError });
  const problem = (found: Problem) => {
    const line: Line = { kind: "problem", at: Date.now(), problem: found };
    writer.show(line);
  };
  return { ...writer, problem, closed };
}
