/** The report over a span, read from the registry: its models and the stored minutes. */
import type { SlaAnswer } from "../api/sla-schemas.ts";
import { listModels } from "../registry/models.ts";
import type { Registry } from "../registry/database.ts";
import { sumMinutes } from "./minute-records.ts";
import { slaReport } from "./report.ts";
import type { SlaSpan } from "./span.ts";
import type { SlaTargets } from "./targets.ts";

/** Of all models, or of one; undefined when the registry does not have it. */
export async function readSlaReport(
  registry: Registry,
  targets: SlaTargets,
  span: SlaSpan,
  model?: string,
): Promise<SlaAnswer | undefined> {
  const known = (await registry.read(listModels)).map(({ name }) => name);
  if (model !== undefined && !known.includes(model)) return undefined;
  const sum = await registry.read((db) => sumMinutes(db, span.from, span.to));
  return slaReport(targets, model === undefined ? known : [model], span, sum);
}
