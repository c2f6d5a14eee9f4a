import { StringDecoder } from "node:string_decoder";

/** A longer line is truncated, so that a stream without line ends uses bounded memory; no room accepts such a text. */
const MAX_LINE_LENGTH = 1_048_576;

/** The lines of a stream, without their ends (LF or CR LF); a last line without an end is included. */
export async function* readLines(
  stream: AsyncIterable<Buffer | string>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + (typeof chunk === "string" ? chunk : decoder.write(chunk))).split("\n");
    rest = lines.pop()!.slice(0, MAX_LINE_LENGTH);
    for (const line of lines) yield line.replace(/\r$/, "");
  }
  rest += decoder.end();
  if (rest !== "") yield rest;
}
