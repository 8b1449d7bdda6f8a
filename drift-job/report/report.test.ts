/** What comes out of a comparison: the report's decisions and notes, the page's safety and self-sufficiency, the terminal's table, files on disk. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { driftReport, type DriftReport, type FeatureReport } from "../../contract/drift-report.ts";
import { DRIFT_RULE_DEFAULT, type DriftRule } from "../../contract/drift-rule.ts";
import { buildReport } from "../compare/build-report.ts";
import { compareCounts } from "../compare/compare-counts.ts";
import { compareFeature } from "../compare/compare-feature.ts";
import type { FeatureComparison } from "../compare/feature-comparison.ts";
import { makeSample } from "../statistics/sample.fixture.ts";
import { htmlPage } from "./html-page.ts";
import { historyOf, psiHistory, writeReport } from "./report-files.ts";
import { terminalView } from "./terminal-view.ts";

const rows = (
  shape: string,
  seed: number,
  shift: number,
  size = 5000,
): { kind: "numeric"; pieces: Float64Array[]; missing: number } => ({
  kind: "numeric",
  pieces: [makeSample({ shape, seed, size, shift })],
  missing: 0,
});
const numeric = (shift: number, size = 5000): FeatureComparison =>
  compareFeature({ reference: rows("bell", 1, 0), current: rows("bell", 100, shift, size) });
const categories = (counts: Record<string, number>): { kind: "categorical"; counts: Map<string, number>; missing: number } => ({
  kind: "categorical",
  counts: new Map(Object.entries(counts)),
  missing: 0,
});

function reportOf(comparisons: Record<string, FeatureComparison>, rule: DriftRule = DRIFT_RULE_DEFAULT, day = 25): DriftReport {
  const report = buildReport({
    now: new Date(`2026-11-${day}T06:00:00.000Z`),
    source: { kind: "files", reference: ["a.csv"], current: ["b.csv"] },
    referenceRows: 5000,
    currentRows: 5000,
    features: Object.entries(comparisons).map(([name, comparison]) => ({ name, role: "feature", comparison })),
    rule,
  });
  return driftReport.parse(JSON.parse(JSON.stringify(report)));
}

describe("buildReport", () => {
  it("shows an effect that is significant and small, and does not call it drift", () => {
    const report = reportOf({ moved: numeric(0.5), nearly: numeric(0.05) });
    expect(report.features["nearly"]?.ks_test).toMatchObject({ p_below_alpha: true, drift_detected: false });
    expect(report.notes.join()).toContain("KS at p < 0.05 alone would flag 1 more (nearly)");
    expect(report.features["moved"]?.drift_detected).toBe(true);
    expect(report).toMatchObject({ drift_detected: true, dataset: { judged: 2, drifted: 1, share: 0.5 } });
    expect(report.verdict).toBe("Drift: 1 of 2 features drifted: moved.");
    expect(
      reportOf({ nearly: numeric(0.05) }, { ...DRIFT_RULE_DEFAULT, ksMinimumEffect: 0 }).features["nearly"]?.drift_detected,
    ).toBe(true);
  });

  it("corrects for the features that were judged, and for no others", () => {
    const rule = { ...DRIFT_RULE_DEFAULT, correction: "bonferroni" as const };
    const report = reportOf({ a: numeric(0.05), b: numeric(0.05), few: numeric(0, 20) }, rule);
    const { ks_test: test } = report.features["a"] as FeatureReport;
    expect(test?.p_value_adjusted).toBeCloseTo(2 * (test?.p_value ?? 1), 12);
    expect(report.features["few"]).toMatchObject({
      status: "not_enough_data",
      drift_detected: null,
      reason: "the current has 20 rows with a value, 100 are needed",
    });
  });

  it("says the same of counts as of the rows that were counted, to the last digit of PSI, with KS in its bounds", () => {
    const exact = numeric(0.2);
    const cells = exact.cells as NonNullable<FeatureComparison["cells"]>;
    const live = reportOf({ x: compareCounts(cells.reference, cells.current) }).features["x"];
    const file = reportOf({ x: exact }).features["x"];
    expect(live?.psi).toEqual(file?.psi);
    expect(live?.jensen_shannon).toBe(file?.jensen_shannon);
    expect(live?.ks_test?.statistic).toBe(live?.ks_test?.bounds?.low);
    expect(live?.ks_test?.bounds?.low).toBeLessThanOrEqual(file?.ks_test?.statistic as number);
    expect(live?.ks_test?.bounds?.high).toBeGreaterThanOrEqual(file?.ks_test?.statistic as number);
    expect(live?.drift_detected).toBe(true);
  });

  it("judges a change in missing values only with rows enough, and keeps it out of the test of categories", () => {
    const few = compareFeature({ reference: rows("bell", 1, 0), current: { ...rows("bell", 2, 0, 5), missing: 15 } });
    expect(reportOf({ few }).features["few"]).toMatchObject({
      status: "not_enough_data",
      missing: { current_share: 0.75, drift_detected: false },
      drift_detected: null,
    });
    const wind = compareFeature({
      reference: categories({ N: 500, S: 500 }),
      current: { ...categories({ N: 300, S: 300 }), missing: 400 },
    });
    expect(reportOf({ wind }).features["wind"]).toMatchObject({
      chi_squared_test: { statistic: 0, p_value: 1, drift_detected: false },
      missing: { drift_detected: true },
      drift_detected: true,
    });
  });

  it("calls categories unseen only where the reference has none without a cell of its own", () => {
    const counts = (other: number): FeatureComparison =>
      compareCounts({ kind: "categorical", categories: ["N", "S"], counts: [500, 500, other, 0] }, [300, 300, 70, 0]);
    expect(reportOf({ wind: counts(0) }).features["wind"]?.unseen).toEqual({ current: 70, current_share: 70 / 670 });
    expect(reportOf({ wind: counts(3) }).features["wind"]?.unseen).toBeUndefined();
  });

  it("tests categories by chi-squared and counts unseen ones", () => {
    const comparison = compareFeature({
      reference: categories({ N: 500, S: 500 }),
      current: categories({ N: 300, S: 500, E: 200 }),
    });
    expect(reportOf({ wind: comparison }).features["wind"]).toMatchObject({
      kind: "categorical",
      chi_squared_test: { degrees_of_freedom: 2, drift_detected: true },
      unseen: { current: 200, current_share: 0.2 },
      psi: {
        drift_level: "significant",
        bins: [{ label: "N" }, { label: "S" }, { label: "other", current: 200 }, { label: "missing" }],
      },
    });
  });
});

describe("htmlPage", () => {
  const report = reportOf({ "<script>alert(1)</script>": numeric(0.5), "a\"b'&c": numeric(0), few: numeric(0, 20) });
  const page = htmlPage(
    report,
    historyOf([reportOf({ few: numeric(0) }, DRIFT_RULE_DEFAULT, 23), reportOf({ few: numeric(1) }, DRIFT_RULE_DEFAULT, 24)]),
  );

  it("escapes every name", () => {
    expect(page).not.toContain("<script");
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page).toContain("a&quot;b&#39;&amp;c");
  });

  it("refers to nothing outside itself", () => {
    const references = [...page.matchAll(/(?:src|href|url|xmlns|action)\s*[=(]\s*["']?([^"')\s>]+)/gi)].map(
      ([, target]) => target as string,
    );
    expect(references.filter((target) => !target.startsWith("#") && !target.startsWith("data:"))).toEqual([]);
    expect(page).toContain("default-src 'none'");
  });

  it("gives every chart a name and every judged feature its charts, PSI over time where there is history", () => {
    const charts = (page.match(/<svg[^>]*>/g) ?? []).filter((svg) => !svg.includes('class="bar"'));
    expect(charts.length).toBeGreaterThan(4);
    expect(charts.every((svg) => svg.includes('role="img"') && svg.includes("aria-label="))).toBe(true);
    expect(page.match(/aria-label="Distribution of/g)).toHaveLength(2);
    expect(page.match(/aria-label="Quantiles of/g)).toHaveLength(2);
    expect(page.match(/aria-label="PSI of few over 2 reports/g)).toHaveLength(1);
    expect(page).toContain("Not judged: the current has 20 rows with a value, 100 are needed.");
    expect(page).toContain("Drift: 1 of 2 features drifted: &lt;script&gt;");
  });

  it("holds no NaN and no undefined, whatever the values", () => {
    const odd = ["constant", "huge", "tiny", "zeros", "heavy"].map((shape): [string, FeatureComparison] => [
      shape,
      compareFeature({ reference: rows(shape, 1, 0, 300), current: rows(shape, 9, 0, 300) }),
    ]);
    expect(htmlPage(reportOf(Object.fromEntries(odd)))).not.toMatch(/NaN|undefined|Infinity|null/);
  });
});

describe("terminalView", () => {
  it("ranks features, with a bar for each PSI", () => {
    const lines = terminalView(reportOf({ calm: numeric(0), moved: numeric(0.5), few: numeric(0, 20) }), (_, text) => text);
    expect(lines.slice(4, 7).map((line) => line.split(/\s+/)[0])).toEqual(["moved", "calm", "few"]);
    expect(lines[4]).toMatch(/█{5,}.*drifted$/);
    expect(lines[6]).toMatch(/not enough data: the current has 20 rows/);
  });
});

describe("writeReport", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "drift-report-"));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it("leaves whole files only, removes the parts of runs that died, and reads its own history", async () => {
    await writeFile(join(directory, "drift-20261101T000000000Z.json.999999999.part"), '{"half');
    await writeFile(join(directory, "drift-20261101T000000000Z.json"), "no report");
    const earlier = reportOf({ x: numeric(0) }, DRIFT_RULE_DEFAULT, 24);
    const now = reportOf({ x: numeric(0.5) }, DRIFT_RULE_DEFAULT, 25);
    const ofAnother = { ...reportOf({ x: numeric(1) }, DRIFT_RULE_DEFAULT, 23), source: { ...now.source, reference: ["z.csv"] } };
    await writeReport(directory, ofAnother as DriftReport, false);
    await writeReport(directory, earlier, false);
    // Of a run that is not dead: this one.
    const ours = `drift-20261102T000000000Z.json.${process.pid}.part`;
    await writeFile(join(directory, ours), '{"half');
    const { jsonPath, htmlPath } = await writeReport(directory, now, true);
    expect((await readdir(directory)).filter((name) => name.endsWith(".part"))).toEqual([ours]);
    expect(driftReport.parse(JSON.parse(await readFile(jsonPath, "utf8")))).toEqual(now);
    expect(await readFile(htmlPath as string, "utf8")).toContain("PSI of x over 2 reports");
    expect((await psiHistory(directory, now))["x"]?.map(({ timestamp }) => timestamp)).toEqual([
      earlier.timestamp,
      now.timestamp,
    ]);
  });

  it("writes no report whose page could not be written", async () => {
    const report = reportOf({ x: numeric(0) }, DRIFT_RULE_DEFAULT, 26);
    // In the way of the page, and of nothing else.
    await mkdir(join(directory, "drift-20261126T060000000Z.html", "inside"), { recursive: true });
    await expect(writeReport(directory, report, true)).rejects.toThrow("drift-20261126");
    expect((await readdir(directory)).filter((name) => name.startsWith("drift-20261126"))).toEqual([
      "drift-20261126T060000000Z.html",
    ]);
  });
});
