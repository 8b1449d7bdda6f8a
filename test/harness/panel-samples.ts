/** What each expression of each dashboard has in a running Prometheus. */
import { dashboardQueries } from "./dashboards.ts";
import type { RunningPrometheus } from "./prometheus.ts";

export interface PanelSample {
  dashboard: string;
  /** Title and the query's letter. */
  panel: string;
  expr: string;
  series: number;
  /** The last finite value of any of its series in the span; undefined: there is none. */
  value: number | undefined;
}

/** `fromSeconds` and `toSeconds` since the epoch. */
export const panelSamples = (prometheus: RunningPrometheus, fromSeconds: number, toSeconds: number): Promise<PanelSample[]> =>
  Promise.all(
    dashboardQueries.map(async ({ dashboard, panel, refId, expr }) => {
      const series = await prometheus.queryRange(expr, fromSeconds, toSeconds, 1);
      const values = series.flatMap(({ points }) => points.map(([, value]) => value)).filter((value) => Number.isFinite(value));
      const title = refId === "" ? panel : `${panel} ${refId}`;
      return { dashboard, panel: title, expr, series: series.length, value: values.at(-1) };
    }),
  );
