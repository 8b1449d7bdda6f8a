/** The generated dashboards as tests read them: panels with their queries, annotations, variables. Reads files only. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const GENERATED = join(import.meta.dirname, "../../ops/grafana/generated");

export interface DataSource {
  type: string;
  uid: string;
}
export interface Panel {
  title: string;
  description?: string;
  type: string;
  datasource?: DataSource;
  targets: { refId: string; expr: string; datasource?: DataSource; instant?: boolean }[];
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig: { defaults: { unit?: string; thresholds?: { steps: { value: number | null; color: string }[] } } };
}
export interface Dashboard {
  uid: string;
  title: string;
  panels: Panel[];
  annotations: { list: { name: string; expr: string; datasource: DataSource }[] };
  templating: { list?: { name: string; definition?: string; datasource: DataSource }[] };
}

export const dashboards: { file: string; text: string; dashboard: Dashboard }[] = readdirSync(GENERATED)
  .toSorted()
  .map((file) => {
    const text = readFileSync(join(GENERATED, file), "utf8");
    return { file, text, dashboard: JSON.parse(text) as Dashboard };
  });

export interface DashboardQuery {
  dashboard: string;
  panel: string;
  refId: string;
  expr: string;
}

/** Every expression of every dashboard, annotations included, with all models chosen. */
export const dashboardQueries: DashboardQuery[] = dashboards.flatMap(({ dashboard }) => [
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ refId, expr }) => ({ dashboard: dashboard.title, panel: title, refId, expr: withAllModels(expr) })),
  ),
  ...dashboard.annotations.list.map(({ name, expr }) => ({
    dashboard: dashboard.title,
    panel: `annotation: ${name}`,
    refId: "",
    expr: withAllModels(expr),
  })),
]);

/** Grafana writes the choice "All" of several values as `(a|b|c)`. */
function withAllModels(expr: string): string {
  return expr.replaceAll("$model", "(.+)");
}
