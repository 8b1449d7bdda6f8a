/**
 * The kinds of panel that our dashboards are made of, each on Grafana's own builder: time series, gauge, single value, bars, table. Looks only:
 * what is asked of Prometheus is in the dashboards.
 */
import * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizOrientation,
  type DataSourceRef,
} from "@grafana/grafana-foundation-sdk/common";
import * as common from "@grafana/grafana-foundation-sdk/common";
import { ThresholdsConfigBuilder, ThresholdsMode, type Threshold } from "@grafana/grafana-foundation-sdk/dashboard";
import * as gauge from "@grafana/grafana-foundation-sdk/gauge";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

/** By uid, as ops/grafana/provisioning/datasources names it: a dashboard from a file cannot ask which one is meant. */
export const PROMETHEUS: DataSourceRef = { type: "prometheus", uid: "edgewise-prometheus" };

export interface Query {
  expr: string;
  /** Grafana's form, e.g. `{{model}} {{version}}`. Default: all labels. */
  legend?: string;
}

export interface PanelText {
  title: string;
  /** What it says, and what it does not. Shown behind the panel's i. */
  description: string;
  queries: readonly Query[];
  /** Grafana's unit id: `reqps`, `s`, `percentunit`, `bytes`, `short`, … */
  unit: string;
  /** Of 24 columns. */
  width?: number;
  height?: number;
}

export interface Limits {
  /** From here on it is bad. */
  bad: number;
  /** What is below is bad instead. */
  isLowBad?: boolean;
}

const HEIGHT = 8;
const WIDTH = 8;
const GOOD = "green";
const BAD = "red";

/** `limit` is drawn as a line; `stacked` adds the series up, `bars` counts per interval. */
export function timeSeries(text: PanelText, look: { limit?: Limits; stacked?: "sum" | "share"; bars?: boolean } = {}) {
  const { limit, stacked, bars = false } = look;
  const panel = new timeseries.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(PROMETHEUS)
    .targets(text.queries.map((query, index) => target(query, index)))
    .unit(text.unit)
    .height(text.height ?? HEIGHT)
    .span(text.width ?? WIDTH)
    .min(0)
    .lineWidth(1)
    .fillOpacity(stacked || bars ? 60 : 10)
    .showPoints(VisibilityMode.Never)
    .drawStyle(bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .tooltip(new common.VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    );
  if (stacked) {
    const mode = stacked === "share" ? StackingMode.Percent : StackingMode.Normal;
    panel.stacking(new common.StackingConfigBuilder().mode(mode).group("A"));
  }
  if (limit) {
    panel
      .thresholds(steps(limit))
      .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  return panel;
}

/** The newest value against its limit, from 0 to `max`. */
export function gaugePanel(text: PanelText, limit: Limits, max: number) {
  return new gauge.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(PROMETHEUS)
    .targets(text.queries.map((query, index) => target(query, index).instant()))
    .unit(text.unit)
    .height(text.height ?? HEIGHT)
    .span(text.width ?? WIDTH)
    .min(0)
    .max(max)
    .thresholds(steps(limit))
    .showThresholdMarkers(true)
    .reduceOptions(newest());
}

/** The newest value of each series as a number, coloured by its limit when it has one. */
export function singleValue(text: PanelText, limit?: Limits) {
  return new stat.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(PROMETHEUS)
    .targets(text.queries.map((query, index) => target(query, index).instant()))
    .unit(text.unit)
    .height(text.height ?? HEIGHT / 2)
    .span(text.width ?? WIDTH / 2)
    .colorMode(limit ? BigValueColorMode.Background : BigValueColorMode.None)
    .graphMode(BigValueGraphMode.None)
    .thresholds(limit ? steps(limit) : plain())
    .reduceOptions(newest());
}

/** The newest value of each series as a bar. */
export function bars(text: PanelText, limit: Limits, range: { min: number; max: number }) {
  return new bargauge.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(PROMETHEUS)
    .targets(text.queries.map((query, index) => target(query, index).instant()))
    .unit(text.unit)
    .height(text.height ?? HEIGHT)
    .span(text.width ?? WIDTH)
    .min(range.min)
    .max(range.max)
    .orientation(VizOrientation.Horizontal)
    .thresholds(steps(limit))
    .reduceOptions(newest());
}

/** A row per series; `columns` are its labels and `Value`, in their order, with the headings to show. */
export function tablePanel(text: PanelText, columns: Readonly<Record<string, string>>) {
  return new table.PanelBuilder()
    .title(text.title)
    .description(text.description)
    .datasource(PROMETHEUS)
    .targets(text.queries.map((query, index) => target(query, index).instant().format(PromQueryFormat.Table)))
    .unit(text.unit)
    .height(text.height ?? HEIGHT)
    .span(text.width ?? WIDTH)
    .thresholds(plain())
    .withTransformation({ id: "filterFieldsByName", options: { include: { names: Object.keys(columns) } } })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: {},
        renameByName: columns,
        indexByName: Object.fromEntries(Object.keys(columns).map((name, index) => [name, index])),
      },
    });
}

// --- Not exported ---

function target({ expr, legend }: Query, index: number): DataqueryBuilder {
  const query = new DataqueryBuilder()
    .datasource(PROMETHEUS)
    .refId(String.fromCodePoint("A".codePointAt(0)! + index))
    .expr(expr);
  return legend === undefined ? query : query.legendFormat(legend);
}

const newest = (): common.ReduceDataOptionsBuilder => new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false);

/** Grafana's first step has no lower bound; JSON writes it as null. */
const steps = ({ bad, isLowBad = false }: Limits): ThresholdsConfigBuilder =>
  thresholds([
    { value: null, color: isLowBad ? BAD : GOOD },
    { value: bad, color: isLowBad ? GOOD : BAD },
  ]);
const plain = (): ThresholdsConfigBuilder => thresholds([{ value: null, color: "text" }]);
const thresholds = (list: Threshold[]): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(list);
