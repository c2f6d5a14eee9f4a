/** One line of a chart. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A chart whose y axis is logarithmic, as costs differ by powers of ten. */
export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** A logarithmic x axis; otherwise it begins at 0. */
  readonly logX: boolean;
  readonly lines: readonly Line[];
}

const width = 780;
const height = 330;
/** Space for the title above, the x axis below, the y axis on the left and the names of the lines on the right. */
const space = { top: 44, bottom: 52, left: 64, right: 190 };
const right = width - space.right;
const bottom = height - space.bottom;
const nameHeight = 14;
/** Mid tones that are legible on white and on near black, and told apart without red and green. */
const colours = ["#2f81f7", "#db6d28", "#8957e5", "#2da489", "#bf4b8a", "#8b949e"];
/** Each line also has its own dashes, for prints and for those who see no colours. */
const dashes = ["", "8 3", "2 3", "10 3 2 3", "5 5", "1 4"];

const style = `text{font:12px system-ui,sans-serif;fill:#59636e}.title{font-size:14px;font-weight:600}
.grid{stroke:#8b949e;stroke-opacity:.3}@media(prefers-color-scheme:dark){text{fill:#a6b0ba}}`;

function escapeXml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** 1, 2 and 5 times the powers of ten from `min` to `max`, with one step beyond each end. */
export function logTicks(min: number, max: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(min)) - 1; power <= Math.ceil(Math.log10(max)); power += 1)
    for (const step of [1, 2, 5]) ticks.push(Number((step * 10 ** power).toPrecision(1)));
  const first = Math.max(
    0,
    ticks.findLastIndex((tick) => tick <= min),
  );
  const last = ticks.findIndex((tick) => tick >= max);
  return ticks.slice(first, last + 1);
}

/** At most ten round steps from 0 that reach `max`. */
export function linearTicks(max: number): number[] {
  const rough = max / 10;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.ceil(max / step) + 1 }, (_, index) => index * step);
}

/** Moves positions apart, top to bottom, until neighbours are `gap` apart; keeps their order. */
export function spreadApart(positions: readonly number[], gap: number): number[] {
  const order = positions
    .map((position, index) => ({ position, index }))
    .sort((a, b) => a.position - b.position);
  const moved = [...positions];
  let least = Number.NEGATIVE_INFINITY;
  for (const { position, index } of order) {
    least = Math.max(position, least + gap);
    moved[index] = least;
  }
  return moved;
}

function scale(min: number, max: number, from: number, to: number, log: boolean): (value: number) => number {
  const of = (value: number) => (log ? Math.log10(value) : value);
  const span = of(max) - of(min) || 1;
  return (value) => from + ((of(value) - of(min)) / span) * (to - from);
}

function drawOne({ title, xLabel, yLabel, logX, lines }: Chart, top: number): string {
  const xs = lines.flatMap(({ points }) => points.map(([x]) => x));
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const xTicks = logX ? [...new Set(xs)].sort((a, b) => a - b) : linearTicks(Math.max(...xs));
  const yTicks = logTicks(Math.min(...ys), Math.max(...ys));
  const x = scale(xTicks[0]!, xTicks.at(-1)!, space.left, right, logX);
  const y = scale(yTicks[0]!, yTicks.at(-1)!, bottom, space.top, true);
  const grid = yTicks.map(
    (tick) =>
      `<path class="grid" d="M${space.left} ${round(y(tick))}H${right}"/>` +
      `<text x="${space.left - 8}" y="${round(y(tick) + 4)}" text-anchor="end">${tick.toLocaleString("en-GB")}</text>`,
  );
  const columns = xTicks.map(
    (tick) =>
      `<path class="grid" d="M${round(x(tick))} ${space.top}V${bottom}"/>` +
      `<text x="${round(x(tick))}" y="${bottom + 18}" text-anchor="middle">${tick.toLocaleString("en-GB")}</text>`,
  );
  const ends = spreadApart(
    lines.map(({ points }) => y(points.at(-1)![1])),
    nameHeight,
  );
  const curves = lines.map(({ name, points }, index) => {
    const colour = colours[index % colours.length];
    const path = points
      .map(([px, py], at) => `${at === 0 ? "M" : "L"}${round(x(px))} ${round(y(py))}`)
      .join("");
    const dash = dashes[index % dashes.length];
    const dots = points.map(
      ([px, py]) => `<circle cx="${round(x(px))}" cy="${round(y(py))}" r="2.5" fill="${colour}"/>`,
    );
    return (
      `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"${dash === "" ? "" : ` stroke-dasharray="${dash}"`}/>` +
      `${dots.join("")}<text x="${right + 10}" y="${round(ends[index]! + 4)}" style="fill:${colour}">${escapeXml(name)}</text>`
    );
  });
  const middle = (space.top + bottom) / 2;
  return [
    `<g transform="translate(0 ${top})">`,
    `<text class="title" x="${space.left}" y="22">${escapeXml(title)}</text>`,
    ...grid,
    ...columns,
    ...curves,
    `<text x="${(space.left + right) / 2}" y="${height - 14}" text-anchor="middle">${escapeXml(xLabel)}</text>`,
    `<text transform="translate(16 ${middle}) rotate(-90)" text-anchor="middle">${escapeXml(yLabel)}</text>`,
    "</g>",
  ].join("\n");
}

/** An SVG document of the charts, one below the other; charts without points are left out. */
export function drawCharts(charts: readonly Chart[]): string | undefined {
  const drawn = charts
    .map((chart) => ({ ...chart, lines: chart.lines.filter(({ points }) => points.length > 0) }))
    .filter(({ lines }) => lines.length > 0);
  if (drawn.length === 0) return undefined;
  const size = `width="${width}" height="${height * drawn.length}" viewBox="0 0 ${width} ${height * drawn.length}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${drawn.map(({ title }) => escapeXml(title)).join("; ")}">`,
    `<style>${style}</style>`,
    ...drawn.map((chart, index) => drawOne(chart, index * height)),
    "</svg>\n",
  ].join("\n");
}
