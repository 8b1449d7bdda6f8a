/** What all our dashboards have alike: data source, refresh, links to each other, releases and alerts as annotations, the choice of models. */
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PROMETHEUS } from "./panel-kinds.ts";

const TAG = "edgewise";

export interface DashboardText {
  /** Part of its address and the name of its file: never change it. */
  uid: string;
  title: string;
  description: string;
}

/** Matches the models that were chosen above the dashboard. */
export const MODEL = 'model=~"$model"';

export function dashboard({ uid, title, description }: DashboardText, { hasModels }: { hasModels: boolean }): DashboardBuilder {
  const built = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .timezone("browser")
    .time({ from: "now-1h", to: "now" })
    .refresh("5s")
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder("Edgewise")
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true),
    )
    .annotation(releases(hasModels ? `{${MODEL}}` : ""))
    .annotation(alerts());
  return hasModels ? built.withVariable(models()) : built;
}

/** The value is the moment of publication itself, so the mark is where it happened and not where it was first scraped. */
function releases(selector: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name("Deploys and rollbacks")
    .datasource(PROMETHEUS)
    .enable(true)
    .iconColor("blue")
    .expr(`release_published_timestamp_seconds${selector} * 1000`)
    .useValueForTime(true)
    .titleFormat("{{act}} {{model}} {{version}}")
    .textFormat("generation {{generation}}")
    .tagKeys("act,model")
    .step("5s");
}

function alerts(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name("Alerts")
    .datasource(PROMETHEUS)
    .enable(true)
    .iconColor("red")
    .expr('ALERTS{alertstate="firing"}')
    .titleFormat("{{alertname}}")
    .textFormat("{{service}} {{model}}")
    .tagKeys("severity")
    .step("5s");
}

function models(): QueryVariableBuilder {
  return new QueryVariableBuilder("model")
    .label("Model")
    .datasource(PROMETHEUS)
    .query({ qryType: 1, query: "label_values(registry_versions, model)", refId: "model" })
    .definition("label_values(registry_versions, model)")
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ["All"], value: ["$__all"] });
}
