/**
 * How far a release has come: of the prediction requests between two looks at the edge, the share that the newest published generation
 * answered, the data centres that it reached, and how long 99 % took. Pure; counts come in as totals by series.
 */
import { parseSeriesText } from "../../contract/series-text.ts";

/** Share at which a release counts as arrived. */
export const CONVERGED_RATIO = 0.99;

export interface PublishedRelease {
  model: string;
  generation: number;
  publishedAtMs: number;
}

export interface ModelConvergence {
  generation: number;
  /** Undefined without requests since the previous look. */
  ratio: number | undefined;
  colos: { newest: number; behind: number };
  /** From publication to the first look at which it had converged; undefined until then, and when nobody looked from the start. */
  seconds: number | undefined;
  /** Whether it was looked at while it was still on its way. */
  isWatched: boolean;
}

export interface ConvergenceState {
  counters: ReadonlyMap<string, number>;
  atMs: number;
  models: ReadonlyMap<string, ModelConvergence>;
}

export function convergence(
  before: ConvergenceState | undefined,
  counters: ReadonlyMap<string, number>,
  published: readonly PublishedRelease[],
  atMs: number,
): ConvergenceState {
  const requests = before ? requestsSince(before.counters, counters) : [];
  const models = new Map<string, ModelConvergence>();
  for (const { model, generation, publishedAtMs } of published) {
    const known = before?.models.get(model);
    const same = known?.generation === generation ? known : undefined;
    const ofModel = requests.filter((request) => request.model === model);
    const all = ofModel.reduce((sum, { count }) => sum + count, 0);
    const onNewest = ofModel.filter((request) => request.generation >= generation).reduce((sum, { count }) => sum + count, 0);
    const ratio = all > 0 ? onNewest / all : undefined;
    const behind = new Set(ofModel.filter((request) => !(request.generation >= generation)).map(({ colo }) => colo));
    const reached = new Set(ofModel.map(({ colo }) => colo).filter((colo) => !behind.has(colo)));
    // A release that was published before anyone looked may have converged at any time since.
    const isWatched = same?.isWatched ?? (before !== undefined && publishedAtMs >= before.atMs);
    const isNow = isWatched && ratio !== undefined && ratio >= CONVERGED_RATIO;
    const seconds = same?.seconds ?? (isNow ? Math.max(0, (atMs - publishedAtMs) / 1000) : undefined);
    models.set(model, { generation, ratio, colos: { newest: reached.size, behind: behind.size }, seconds, isWatched });
  }
  return { counters, atMs, models };
}

interface Requests {
  model: string;
  generation: number;
  colo: string;
  count: number;
}

function requestsSince(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Requests[] {
  const found: Requests[] = [];
  for (const [text, value] of after) {
    if (!text.startsWith("release_requests_total{")) continue;
    const count = value - (before.get(text) ?? 0);
    if (!(count > 0)) continue;
    const labels = parseSeriesText(text)?.labels;
    const { model = "", generation = "", colo = "" } = labels ?? {};
    found.push({ model, generation: Number(generation), colo, count });
  }
  return found;
}
