/**
 * Writes the evaluation set of the example line from the PRSA data: the hours from 2016-03 on, features as the models take them, the label PM2.5 and
 * the station. `node ops/example-figures/write-evaluation.ts <folder with data/> <out.csv>`. The data is CC BY 4.0 and not in this repository.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";

const COLUMNS = ["PM10", "SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "RAIN", "WSPM", "month", "hour", "PM2.5", "station"];
/** Neither example model has seen these hours. */
const FROM = 201_603;

/** Lines of the set, the header first; NA stays NA. */
export function evaluationLines(folder: string): string[] {
  const lines = [COLUMNS.join(",")];
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith(".csv"))
    .toSorted()) {
    const rows: Record<string, string>[] = parse(readFileSync(join(folder, name)), { columns: true });
    for (const row of rows) {
      if (Number(row["year"]) * 100 + Number(row["month"]) >= FROM)
        lines.push(COLUMNS.map((column) => row[column] ?? "").join(","));
    }
  }
  return lines;
}

const [shared, out] = process.argv.slice(2);
if (import.meta.main) {
  if (shared === undefined || out === undefined)
    throw new Error("usage: node ops/example-figures/write-evaluation.ts <folder with data/> <out.csv>");
  const lines = evaluationLines(join(shared, "data/prsa"));
  writeFileSync(out, `${lines.join("\n")}\n`);
  process.stdout.write(`${lines.length - 1} rows to ${out}\n`);
}
