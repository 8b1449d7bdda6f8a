/** The report as a table for a terminal, with small bars. Pure: colour comes in as a function. */
import type { DriftReport } from "../../contract/drift-report.ts";
import { percent, pValueText, shortNumber, wholeNumber } from "./markup.ts";
import { rankedFeatures, stateOf, STATE_WORDS, type FeatureState, type RankedFeature } from "./ranking.ts";

export type Paint = (style: "bold" | "dim" | "green" | "yellow" | "red", text: string) => string;

const BAR_WIDTH = 12;
const NAME_WIDTH_MAX = 32;
const FEATURES_SHOWN = 40;
const COLOURS: Record<FeatureState, "red" | "yellow" | "green" | "dim"> = {
  drifted: "red",
  moderate: "yellow",
  steady: "green",
  unknown: "dim",
};

export function terminalView(report: DriftReport, paint: Paint): string[] {
  const ranked = rankedFeatures(report);
  const shown = ranked.slice(0, FEATURES_SHOWN);
  const width = Math.min(NAME_WIDTH_MAX, Math.max(7, ...shown.map(({ name }) => name.length)));
  const title = `${"feature".padEnd(width)}  ${"PSI".padStart(8)}  ${"".padEnd(BAR_WIDTH)}  ${"KS".padStart(8)}  ${"p".padStart(8)}  ${"missing".padStart(15)}  state`;
  return [
    paint("bold", report.verdict),
    `${wholeNumber(report.reference_size)} reference rows, ${wholeNumber(report.current_size)} current rows`,
    "",
    paint("dim", title),
    ...shown.map((row) => line(row, width, report.rule.psiSignificant, paint)),
    ...(ranked.length > shown.length ? [paint("dim", `and ${ranked.length - shown.length} more in the report`)] : []),
    ...report.notes.map((note) => paint("dim", note)),
  ];
}

function line({ name, feature }: RankedFeature, width: number, significant: number, paint: Paint): string {
  const { psi, ks_test: ks, chi_squared_test: chi, missing } = feature;
  const state = stateOf(feature);
  const shortName = name.length > width ? `${name.slice(0, width - 1)}…` : name.padEnd(width);
  const effect = ks?.statistic ?? chi?.cramers_v;
  const pValue = (ks ?? chi)?.p_value;
  const isMissingShown = missing.reference + missing.current > 0;
  const cells = [
    shortName,
    (psi === undefined ? "–" : shortNumber(psi.psi)).padStart(8),
    paint(COLOURS[state], bar(psi?.psi ?? 0, significant * 1.5).padEnd(BAR_WIDTH)),
    (effect === undefined ? "–" : shortNumber(effect)).padStart(8),
    (pValue === undefined ? "–" : pValueText(pValue)).padStart(8),
    (isMissingShown ? `${percent(missing.reference_share)} → ${percent(missing.current_share)}` : "none").padStart(15),
    paint(COLOURS[state], feature.reason === undefined ? STATE_WORDS[state] : `${STATE_WORDS[state]}: ${feature.reason}`),
  ];
  return cells.join("  ");
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** In eighths of a character. */
function bar(value: number, full: number): string {
  const eighths = Math.round(Math.min(1, value / full) * BAR_WIDTH * 8);
  return "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] as string);
}
