/**
 * `npm run bench:trainer`: the built-in trainer beside the real XGBoost (`hist`, one thread) on the same PRSA rows with the same parameters, in turn. Each
 * trains as the command of the contract; the time is each one's own, from rows in memory to the model. An argument picks the settings whose name
 * contains it. Nothing here passes or fails.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import type { TrainingJob } from "../../contract/training-job.ts";
import { median } from "./load.ts";
import { hasPrsa, writePrsaJob } from "./prsa-job.ts";
import { hasXgboost, runTrainer, type TrainerName } from "./trainer-commands.ts";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 3);
const TREES = Number(process.env["BENCH_TREES"] ?? 200);

const BASE: TrainingJob["parameters"] = { num_boost_round: TREES, eta: 0.1, max_depth: 6, min_child_weight: 20, base_score: 80 };
const SETTINGS: Record<string, TrainingJob["parameters"]> = {
  "depth 6": BASE,
  "depth 8, eta 0.05": { ...BASE, max_depth: 8, eta: 0.05 },
  "depth 6, subsample 0.8, colsample_bytree 0.8": { ...BASE, subsample: 0.8, colsample_bytree: 0.8 },
};

if (!hasXgboost || !hasPrsa) {
  console.log("not measured: Debian's python3-xgboost and python3-pandas, or ../shared, are not here");
  process.exit(1);
}
const directory = mkdtempSync(join(tmpdir(), "bench-trainer-"));
try {
  console.log(`${cpus().length} × ${cpus()[0]?.model}; Node ${process.version}; ${ROUNDS} rounds in turn, medians`);
  const wanted = process.argv[2] ?? "";
  for (const [name, parameters] of Object.entries(SETTINGS)) if (name.includes(wanted)) await compare(name, parameters);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function compare(name: string, parameters: TrainingJob["parameters"]): Promise<void> {
  const job = writePrsaJob(directory, { sites: 10, from: "2016-03", parameters, seed: 7 });
  const seconds: Record<TrainerName, number[]> = { edgewise: [], xgboost: [] };
  const rmse: Record<TrainerName, number> = { edgewise: NaN, xgboost: NaN };
  const models: Record<TrainerName, string[]> = { edgewise: [], xgboost: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const order: TrainerName[] = round % 2 === 0 ? ["edgewise", "xgboost"] : ["xgboost", "edgewise"];
    for (const trainer of order) {
      const { record, model } = await runTrainer(trainer, directory);
      seconds[trainer].push(Number(record.details?.["training_seconds"]));
      rmse[trainer] = record.metrics["rmse"] ?? NaN;
      models[trainer].push(model.toString("base64"));
    }
  }
  const ratios = seconds.edgewise.map((own, round) => own / (seconds.xgboost[round] as number));
  const isSame = new Set(models.edgewise).size === 1;
  console.log(`\n${name}: ${TREES} trees, ${job.fit.rows} rows to fit, ${job.validation.rows} to validate on`);
  console.log(
    `  RMSE     edgewise ${rmse.edgewise.toFixed(3)}, xgboost ${rmse.xgboost.toFixed(3)}: ${percent(rmse.edgewise / rmse.xgboost - 1)}`,
  );
  console.log(
    `  seconds  edgewise ${median(seconds.edgewise).toFixed(1)}, xgboost ${median(seconds.xgboost).toFixed(1)}: ` +
      `${median(ratios).toFixed(2)} times (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  );
  console.log(`  the same bytes ${ROUNDS} times: ${isSame ? "yes" : "NO"}`);
}

function percent(share: number): string {
  return `${share >= 0 ? "+" : ""}${(100 * share).toFixed(2)} %`;
}
