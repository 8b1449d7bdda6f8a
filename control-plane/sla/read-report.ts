/** The report over a span, read from the registry: its models, the stored minutes, live quality. */
import type { LiveQuality } from "../api/quality-schemas.ts";
import type { SlaAnswer } from "../api/sla-schemas.ts";
import { liveQuality } from "../quality/live-quality.ts";
import { driftChecksBefore } from "../drift/report-records.ts";
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
  const models = model === undefined ? known : [model];
  const quality = new Map<string, LiveQuality>();
  for (const name of models) quality.set(name, await registry.read((db) => liveQuality(db, { model: name, ...span })));
  const driftChecks = await registry.read((db) => driftChecksBefore(db, span.to));
  return slaReport(targets, models, span, sum, quality, driftChecks);
}
