/** The charts of a feature as inline SVG. Colours and sizes are classes of the page's style; each chart says in words what it shows. Pure. */
import type { FeatureReport } from "../../contract/drift-report.ts";
import { html, percent, shortNumber, type Markup } from "./markup.ts";

const WIDTH = 340;
const HEIGHT = 170;
const PAD = { left: 40, right: 10, top: 10, bottom: 28 };
const INNER_WIDTH = WIDTH - PAD.left - PAD.right;

/** From a value to a place, linear; a range of nothing puts everything in the middle. */
const scale =
  (low: number, high: number, from: number, to: number) =>
  (value: number): number =>
    high > low ? from + ((value - low) / (high - low)) * (to - from) : (from + to) / 2;

const place = (value: number): string => value.toFixed(1);

/** Reference filled, current as a line, both as shares of their rows; the bars of PSI where only counts are known. */
export function histogramChart(
  name: string,
  { histogram, psi, reference_rows: rows, current_rows: currentRows }: FeatureReport,
): Markup | undefined {
  if (histogram !== undefined) {
    const reference = histogram.reference.map((count) => count / rowsIn(histogram.reference));
    const current = histogram.current.map((count) => count / rowsIn(histogram.current));
    const [low, high] = [histogram.edges[0] as number, histogram.edges.at(-1) as number];
    return barChart(name, reference, current, [shortNumber(low), shortNumber((low + high) / 2), shortNumber(high)]);
  }
  if (psi === undefined) return undefined;
  const bins = psi.bins.filter(({ reference, current }) => reference + current > 0).slice(0, 24);
  const [first, last] = [bins[0]?.label ?? "", bins.at(-1)?.label ?? ""];
  return barChart(
    name,
    bins.map(({ reference }) => reference / Math.max(1, rows)),
    bins.map(({ current }) => current / Math.max(1, currentRows)),
    bins.length <= 6 ? bins.map(({ label }) => label) : [first, last],
  );
}

/** At least 1, to divide by. */
const rowsIn = (counts: readonly number[]): number =>
  Math.max(
    1,
    counts.reduce((sum, count) => sum + count, 0),
  );

function barChart(name: string, reference: readonly number[], current: readonly number[], labels: readonly string[]): Markup {
  const most = Math.max(1e-9, ...reference, ...current);
  const bars = reference.length;
  const x = scale(0, bars, PAD.left, WIDTH - PAD.right);
  const y = scale(0, most, HEIGHT - PAD.bottom, PAD.top);
  const filled = reference.map(
    (share, at) =>
      html`<rect
        class="reference"
        x="${place(x(at) + 0.3)}"
        y="${place(y(share))}"
        width="${place(INNER_WIDTH / bars - 0.6)}"
        height="${place(y(0) - y(share))}"
      />`,
  );
  const line = current
    .map((share, at) => `${at === 0 ? "M" : "L"}${place(x(at))},${place(y(share))}H${place(x(at + 1))}`)
    .join("");
  const isPerBar = labels.length === bars;
  const texts = labels.map((label, at) => {
    const share = isPerBar ? (at + 0.5) / bars : labels.length === 1 ? 0.5 : at / (labels.length - 1);
    const anchor = isPerBar || (share > 0 && share < 1) ? "middle" : share === 0 ? "start" : "end";
    return html`<text x="${place(PAD.left + share * INNER_WIDTH)}" y="${HEIGHT - 10}" text-anchor="${anchor}"
      >${clipped(label)}</text
    >`;
  });
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="Distribution of ${name}: reference filled, current as a line"
  >
    ${shareAxis(most, y)}${filled}
    <path class="current" d="${line}" />
    ${texts}
  </svg>`;
}

/** Values at the same shares of both sides: on the diagonal where nothing changed. */
export function quantileChart(name: string, { quantiles }: FeatureReport): Markup | undefined {
  if (quantiles === undefined) return undefined;
  const { reference, current } = quantiles;
  const low = Math.min(...reference, ...current);
  const high = Math.max(...reference, ...current);
  const x = scale(low, high, PAD.left, WIDTH - PAD.right);
  const y = scale(low, high, HEIGHT - PAD.bottom, PAD.top);
  const dots = reference.map(
    (value, at) => html`<circle class="current-dot" cx="${place(x(value))}" cy="${place(y(current[at] as number))}" r="2.6" />`,
  );
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="Quantiles of ${name}: reference across, current upwards; on the diagonal nothing changed"
  >
    <path class="axis" d="M${PAD.left},${PAD.top}V${HEIGHT - PAD.bottom}H${WIDTH - PAD.right}" />
    <path class="diagonal" d="M${place(x(low))},${place(y(low))}L${place(x(high))},${place(y(high))}" />
    ${dots}
    <text x="${PAD.left - 5}" y="${HEIGHT - PAD.bottom}" text-anchor="end">${shortNumber(low)}</text>
    <text x="${PAD.left - 5}" y="${PAD.top + 8}" text-anchor="end">${shortNumber(high)}</text>
    <text x="${PAD.left}" y="${HEIGHT - 10}">${shortNumber(low)}</text>
    <text x="${PAD.left + INNER_WIDTH / 2}" y="${HEIGHT - 10}" text-anchor="middle">reference</text>
    <text x="${WIDTH - PAD.right}" y="${HEIGHT - 10}" text-anchor="end">${shortNumber(high)}</text>
  </svg>`;
}

export interface PsiPoint {
  /** ISO 8601. */
  timestamp: string;
  psi: number;
}

/** PSI of this and of earlier reports, with the levels of the rule; nothing before there are two. */
export function psiChart(name: string, points: readonly PsiPoint[], moderate: number, significant: number): Markup | undefined {
  if (points.length < 2) return undefined;
  const times = points.map(({ timestamp }) => Date.parse(timestamp));
  const most = Math.max(significant * 1.25, ...points.map(({ psi }) => psi)) * 1.05;
  const x = scale(times[0] as number, times.at(-1) as number, PAD.left, WIDTH - PAD.right);
  const y = scale(0, most, HEIGHT - PAD.bottom, PAD.top);
  const at = (index: number): string => `${place(x(times[index] as number))},${place(y(points[index]?.psi ?? 0))}`;
  const line = points.map((_, index) => `${index === 0 ? "M" : "L"}${at(index)}`).join("");
  const dots = points.map(
    ({ psi }, index) =>
      html`<circle
        class="current-dot"
        cx="${place(x(times[index] as number))}"
        cy="${place(y(psi))}"
        r="${points.length > 40 ? 1.5 : 2.6}"
      />`,
  );
  const level = (value: number, style: string): Markup =>
    html`<path class="${style}" d="M${PAD.left},${place(y(value))}H${WIDTH - PAD.right}" /><text
        x="${PAD.left - 5}"
        y="${place(y(value) + 3)}"
        text-anchor="end"
        >${shortNumber(value)}</text
      >`;
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="PSI of ${name} over ${points.length} reports, now ${shortNumber(points.at(-1)?.psi ?? 0)}"
  >
    <path class="axis" d="M${PAD.left},${PAD.top}V${HEIGHT - PAD.bottom}H${WIDTH - PAD.right}" />
    ${level(moderate, "moderate-line")}${level(significant, "significant-line")}
    <path class="current" d="${line}" />
    ${dots}
    <text x="${PAD.left}" y="${HEIGHT - 10}">${points[0]?.timestamp.slice(0, 10) ?? ""}</text>
    <text x="${WIDTH - PAD.right}" y="${HEIGHT - 10}" text-anchor="end">${points.at(-1)?.timestamp.slice(0, 10) ?? ""}</text>
  </svg>`;
}

function shareAxis(most: number, y: (share: number) => number): Markup {
  const lines = [0, most / 2, most].map(
    (share) =>
      html`<path class="grid" d="M${PAD.left},${place(y(share))}H${WIDTH - PAD.right}" /><text
          x="${PAD.left - 5}"
          y="${place(y(share) + 3)}"
          text-anchor="end"
          >${percent(share).replace(" ", "")}</text
        >`,
  );
  return html`${lines}`;
}

const LABEL_LENGTH_MAX = 14;
const clipped = (label: string): string => (label.length > LABEL_LENGTH_MAX ? `${label.slice(0, LABEL_LENGTH_MAX - 1)}…` : label);

/** PSI as a bar with the two levels marked, up to 1.5 times the higher one. */
export function psiBar(psi: number, moderate: number, significant: number): Markup {
  const full = significant * 1.5;
  const at = (value: number): string => place(Math.min(1, value / full) * 100);
  return html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <rect class="bar-back" x="0" y="1" width="100" height="8" />
    <rect class="bar-fill" x="0" y="1" width="${at(psi)}" height="8" />
    <path class="bar-mark" d="M${at(moderate)},0V10M${at(significant)},0V10" />
  </svg>`;
}

export const hasCharts = ({ histogram, psi }: FeatureReport): boolean => histogram !== undefined || psi !== undefined;
