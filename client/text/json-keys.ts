const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * The first key that an object in a valid JSON text has twice, which JSON.parse passes over; undefined if none does.
 * `nameOf`: what a key means, where several spellings mean the same.
 */
export function duplicateKey(json: string, nameOf = (key: string) => key): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let last = "";
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(undefined);
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const key = JSON.parse(last) as string;
      const keys = open.at(-1);
      if (keys?.has(nameOf(key))) return key;
      keys?.add(nameOf(key));
    }
    last = token;
  }
  return undefined;
}
