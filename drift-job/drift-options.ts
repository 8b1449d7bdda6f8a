/** The options of the file job, the same for `npm run drift` and `edgewise drift run`, and what they mean as a request. */
import { join } from "node:path";
import { InvalidArgumentError, type Command } from "commander";
import { driftRule, DRIFT_RULE_DEFAULT, type DriftRule } from "../contract/drift-rule.ts";
import { fail, succeed, type Result } from "../contract/result.ts";
import { MEMORY_BYTES_DEFAULT } from "./input/input-limits.ts";
import type { DriftRequest } from "./run-drift.ts";

/** As commander hands them over. */
export interface DriftOptions {
  reference: string[];
  current: string[];
  features?: string[];
  categorical?: string[];
  exclude?: string[];
  prediction?: string;
  truth?: string;
  bins?: number;
  floor?: number;
  psiModerate?: number;
  psiSignificant?: number;
  psiDetects?: string;
  alpha?: number;
  minEffect?: number;
  correction?: string;
  decideBy?: string;
  minRows?: number;
  datasetShare?: number;
  memory?: number;
  threads?: number;
  out: string;
  html: boolean;
  failOnDrift?: boolean;
}

export const REPORTS_DIRECTORY = join(import.meta.dirname, "reports");

export function addDriftOptions(command: Command): Command {
  const { ksAlpha, ksMinimumEffect, psiBins, psiFloor, psiModerate, psiSignificant, minimumRows, datasetShare } =
    DRIFT_RULE_DEFAULT;
  return command
    .requiredOption(
      "--reference <source...>",
      "files, patterns or https URLs of the reference: .csv, .tsv, .jsonl (also .gz), .parquet",
    )
    .requiredOption("--current <source...>", "the same for the rows to compare with it")
    .option("--features <names>", "columns to compare as numbers, by name (default: all that can be compared)", names)
    .option("--categorical <names>", "columns to compare as categories", names)
    .option("--exclude <names>", "columns to leave out, when none are named", names)
    .option("--prediction <column>", "the model's output: its drift is reported as such")
    .option("--truth <column>", "what came true: with --prediction, the drift of the absolute error")
    .option("--bins <n>", `bins of the PSI (default: ${psiBins})`, number)
    .option("--floor <share>", `least share of a bin in the PSI (default: ${psiFloor})`, number)
    .option("--psi-moderate <psi>", `level "moderate" from here (default: ${psiModerate})`, number)
    .option("--psi-significant <psi>", `level "significant" from here (default: ${psiSignificant})`, number)
    .option("--psi-detects <level>", "PSI says drift from: moderate or significant (default: significant)")
    .option("--alpha <p>", `KS and chi-squared: p below this (default: ${ksAlpha})`, number)
    .option(
      "--min-effect <d>",
      `KS statistic and Cramér's V: and at least this (default: ${ksMinimumEffect}; 0 for p alone)`,
      number,
    )
    .option("--correction <name>", "for many features: none, bonferroni or benjamini_hochberg (default: benjamini_hochberg)")
    .option("--decide-by <tests>", "a feature drifts by: psi, shape, any or both (default: any)")
    .option("--min-rows <n>", `fewer rows are not judged (default: ${minimumRows})`, number)
    .option(
      "--dataset-share <share>",
      `share of drifted features that is drift of the data set (default: ${datasetShare})`,
      number,
    )
    .option(
      "--memory <mib>",
      `values held at once; more features are read in several passes (default: ${MEMORY_BYTES_DEFAULT / 1024 ** 2})`,
      number,
    )
    .option("--threads <n>", "threads that parse and sort (default: one per processor, none for small files)", number)
    .option("--out <directory>", "where the JSON and HTML reports go", REPORTS_DIRECTORY)
    .option("--no-html", "no HTML page")
    .option("--fail-on-drift", "end with 3 when the data set has drifted, with 4 when nothing could be judged");
}

/** @param environment DRIFT_INPUT_TOKEN is sent to URLs as bearer token; DRIFT_ALLOW_PRIVATE=1 allows private addresses and plain http */
export function driftRequest(options: DriftOptions, environment: NodeJS.ProcessEnv): Result<DriftRequest, string> {
  const rule = ruleOf(options);
  if (!rule.ok) return rule;
  if (options.truth !== undefined && options.prediction === undefined) return fail("--truth needs --prediction");
  return succeed({
    reference: options.reference,
    current: options.current,
    columns: {
      features: options.features ?? [],
      categorical: options.categorical ?? [],
      excluded: options.exclude ?? [],
      prediction: options.prediction,
      truth: options.truth,
    },
    rule: rule.value,
    download: { token: environment["DRIFT_INPUT_TOKEN"], allowsPrivate: environment["DRIFT_ALLOW_PRIVATE"] === "1" },
    memoryBytes: options.memory === undefined ? MEMORY_BYTES_DEFAULT : options.memory * 1024 ** 2,
    threads: options.threads,
  });
}

/** Names of the options by the rule's own field, for messages. */
const OPTION_OF: Partial<Record<keyof DriftRule, string>> = {
  psiBins: "--bins",
  psiFloor: "--floor",
  psiModerate: "--psi-moderate",
  psiSignificant: "--psi-significant",
  psiDetects: "--psi-detects",
  ksAlpha: "--alpha",
  ksMinimumEffect: "--min-effect",
  chiSquaredMinimumEffect: "--min-effect",
  correction: "--correction",
  feature: "--decide-by",
  minimumRows: "--min-rows",
  datasetShare: "--dataset-share",
};

function ruleOf(options: DriftOptions): Result<DriftRule, string> {
  const given = {
    psiBins: options.bins,
    psiFloor: options.floor,
    psiModerate: options.psiModerate,
    psiSignificant: options.psiSignificant,
    psiDetects: options.psiDetects,
    ksAlpha: options.alpha,
    ksMinimumEffect: options.minEffect,
    chiSquaredMinimumEffect: options.minEffect,
    correction: options.correction,
    feature: options.decideBy,
    minimumRows: options.minRows,
    datasetShare: options.datasetShare,
  };
  const rule = driftRule.safeParse(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
  if (!rule.success) {
    const [issue] = rule.error.issues;
    return fail(`${OPTION_OF[issue?.path[0] as keyof DriftRule] ?? "the rule"}: ${issue?.message ?? "not understood"}`);
  }
  if (!(rule.data.psiModerate < rule.data.psiSignificant)) return fail("--psi-moderate must be below --psi-significant");
  return succeed(rule.data);
}

const names = (text: string): string[] =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("not a number");
  return value;
}
