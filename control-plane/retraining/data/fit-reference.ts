/** What live traffic of a version that a run makes is compared with: the rows that it was fitted on, gathered as `register --reference FILE` does. */
import { basename, dirname } from "node:path";
import { REFERENCE_SAMPLE_ROWS_MAX } from "../../../contract/limits.ts";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { seededRandom } from "../../inspection/seeded-random.ts";
import { ReferenceGatherer, type GatheredReference } from "../../registration/reference-gatherer.ts";
import type { DataFailure } from "./data-failure.ts";
import { readRows } from "./read-rows.ts";
import { isMissing } from "./row.ts";

/** `source` names the rows for the reader. Undefined of no rows; a part's features are numbers, so no row is refused. */
export async function fitReference(
  path: string,
  { features, seed, source }: { features: readonly string[]; seed: number; source: string },
): Promise<Result<GatheredReference | undefined, DataFailure>> {
  const gatherer = new ReferenceGatherer(features, REFERENCE_SAMPLE_ROWS_MAX, seededRandom(seed));
  for await (const read of readRows(dirname(path), basename(path), features)) {
    if (!read.ok) return read;
    const { row, number } = read.value;
    const added = gatherer.add(features.map((feature) => (isMissing(row[feature]) ? null : Number(row[feature]))));
    if (!added.ok) {
      const { column, detail } = added.failure;
      return fail({ reason: "data_file_unreadable", file: basename(path), detail: `row ${number}, column ${column}: ${detail}` });
    }
  }
  return succeed(gatherer.registered(source));
}
