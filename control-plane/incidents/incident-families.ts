/** The incidents' part of /metrics. */
import { CONTROL_PLANE_METRICS } from "../../contract/metric-names.ts";
import { familyOf } from "../metrics/metric-family.ts";
import type { FamilySource } from "../metrics/metrics.ts";
import type { Registry } from "../registry/database.ts";
import { countOpenIncidents } from "./incident-records.ts";

/** Severities without an incident are said too: a series that first appears with 1 has no increase. */
export function incidentFamilies(registry: Registry): FamilySource {
  return async function readIncidentFamilies() {
    const open = await registry.read(countOpenIncidents);
    const values = Object.entries(open).map(([severity, value]) => ({ labels: { severity }, value }));
    return [familyOf("incidents_open", CONTROL_PLANE_METRICS.incidents_open, values)];
  };
}
