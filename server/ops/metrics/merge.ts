/**
 * Several texts in Prometheus's format as one, in which each metric is listed once, with the samples of all: the format
 * permits no second group of the same name. The first text that has a metric describes it.
 */
export function mergeMetrics(texts: readonly string[]): string {
  const groups = new Map<string, { readonly head: string[]; readonly samples: string[] }>();
  for (const text of texts) {
    let samples: string[] = [];
    let head: string[] | undefined;
    for (const line of text.split("\n")) {
      const [, comment, name = ""] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
      if (comment === undefined) {
        if (line !== "") samples.push(line);
        continue;
      }
      const group = groups.get(name) ?? { head: [], samples: [] };
      if (comment === "HELP") head = groups.has(name) ? undefined : group.head;
      groups.set(name, group);
      samples = group.samples;
      head?.push(line);
    }
  }
  const lines = [...groups.values()].flatMap(({ head, samples }) => [...head, ...samples]);
  return `${lines.join("\n")}\n`;
}
