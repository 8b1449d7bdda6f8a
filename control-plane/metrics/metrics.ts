/**
 * Puts /metrics together: the edge, the registry, how releases converge, the process. One part that cannot be read leaves the others standing.
 */
import type { Logger } from "pino";
import { CONTROL_PLANE_METRICS } from "../../contract/metric-names.ts";
import type { Registry } from "../registry/database.ts";
import { convergence, type ConvergenceState } from "./convergence.ts";
import type { EdgeView } from "./edge-counts.ts";
import { edgeFamilies } from "./edge-families.ts";
import { familyOf, type MetricFamily } from "./metric-family.ts";
import { registryFacts, type RegistryFacts } from "./registry-facts.ts";
import { convergenceFamilies, registryFamilies } from "./registry-families.ts";

export type FamilySource = () => Promise<MetricFamily[]>;

export interface MetricsTools {
  registry: Registry;
  readEdgeCounts: () => Promise<EdgeView>;
  /** Parts that this one does not know, e.g. the Node process, incidents. */
  sources: readonly FamilySource[];
  log: Logger;
}

/** A function that answers with every family as of now. */
export function metricFamilies({ registry, readEdgeCounts, sources, log }: MetricsTools): FamilySource {
  let converging: { view: EdgeView; state: ConvergenceState } | undefined;

  function converge(view: EdgeView, facts: RegistryFacts): MetricFamily[] {
    if (view.totals.state !== "complete") return [];
    // The same look says nothing new: "since the previous look" would be no time at all.
    if (converging?.view !== view) {
      converging = { view, state: convergence(converging?.state, view.totals.counters, facts.published, view.look.atMs) };
    }
    return convergenceFamilies(converging.state);
  }

  async function orNothing<Value>(part: string, read: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await read();
    } catch (error) {
      log.error({ part, error: String(error) }, "a part of /metrics could not be read");
      return undefined;
    }
  }

  return async function readFamilies() {
    const [view, facts, ...rest] = await Promise.all([
      orNothing("edge", readEdgeCounts),
      orNothing("registry", () => registry.read(registryFacts)),
      ...sources.map((source) => orNothing("source", source)),
    ]);
    const services = [
      { labels: { service: "edge" }, value: view?.look.state === "answered" ? 1 : 0 },
      { labels: { service: "control_plane" }, value: 1 },
    ];
    return [
      familyOf("up", CONTROL_PLANE_METRICS.up, services),
      ...(view ? edgeFamilies(view) : []),
      ...(facts ? registryFamilies(facts) : []),
      ...(view && facts ? converge(view, facts) : []),
      ...rest.flatMap((families) => families ?? []),
    ];
  };
}
