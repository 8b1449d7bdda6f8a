/** The registry's part of /metrics, and how its releases converge. Pure. */
import { STAGES } from "../api/schemas.ts";
import { CONTROL_PLANE_METRICS } from "../../contract/metric-names.ts";
import type { ConvergenceState } from "./convergence.ts";
import { familyOf, type MetricFamily } from "./metric-family.ts";
import { COUNTED_ACTS, type RegistryFacts } from "./registry-facts.ts";

type Name = keyof typeof CONTROL_PLANE_METRICS;
type Values = Parameters<typeof familyOf>[2];

const family = (name: Name, values: Values): MetricFamily => familyOf(name, CONTROL_PLANE_METRICS[name], values);

export function registryFamilies(facts: RegistryFacts): MetricFamily[] {
  // Zeros are said too: a series that first appears with 1 has no increase.
  const versions = facts.models.flatMap((model) =>
    STAGES.map((stage) => ({
      labels: { model, stage },
      value: facts.versions.find((row) => row.model === model && row.stage === stage)?.count ?? 0,
    })),
  );
  const acts = facts.models.flatMap((model) =>
    COUNTED_ACTS.map((act) => ({
      labels: { model, act },
      value: facts.acts.find((row) => row.model === model && row.act === act)?.count ?? 0,
    })),
  );
  return [
    family("release_generation", facts.generations.map(generationOf)),
    family("release_published_generation", facts.published.map(generationOf)),
    family("release_published_timestamp_seconds", facts.published.map(publicationOf)),
    family("registry_versions", versions),
    family("release_acts_total", acts),
    family("outbox_pending", [{ labels: {}, value: facts.pending }]),
  ];
}

const publicationOf = ({
  model,
  version,
  generation,
  act,
  publishedAtMs,
}: RegistryFacts["published"][number]): Values[number] => ({
  labels: { model, version, generation: String(generation), act },
  value: publishedAtMs / 1000,
});

const generationOf = ({ model, generation }: { model: string; generation: number }): Values[number] => ({
  labels: { model },
  value: generation,
});

export function convergenceFamilies({ models }: ConvergenceState): MetricFamily[] {
  const all = [...models];
  return [
    family(
      "release_convergence_ratio",
      all.flatMap(([model, { ratio }]) => (ratio === undefined ? [] : [{ labels: { model }, value: ratio }])),
    ),
    family(
      "release_convergence_seconds",
      all.flatMap(([model, { seconds }]) => (seconds === undefined ? [] : [{ labels: { model }, value: seconds }])),
    ),
    family(
      "release_colos",
      all.flatMap(([model, { colos }]) => [
        { labels: { model, state: "newest" }, value: colos.newest },
        { labels: { model, state: "behind" }, value: colos.behind },
      ]),
    ),
  ];
}
