/**
 * The report as one HTML page that needs nothing else: no script, no font, no request. Verdict, ranked table, charts per feature, notes and
 * method. Pure: report and history in, text out.
 */
import type { DriftReport } from "../../contract/drift-report.ts";
import type { PsiPoint } from "./charts.ts";
import { featureSection } from "./feature-section.ts";
import { html, percent, shortNumber, wholeNumber, Markup } from "./markup.ts";
import { PAGE_STYLE } from "./page-style.ts";
import { rankedFeatures } from "./ranking.ts";
import { rankedTable } from "./ranked-table.ts";

/** Features with charts; the table has all. */
export const FEATURES_DRAWN_MAX = 60;
/** Of those, drawn open at first. */
const FEATURES_OPEN_MAX = 4;

/** PSI of each feature over earlier reports and this one, oldest first. */
export type PsiHistory = Readonly<Record<string, readonly PsiPoint[]>>;

export function htmlPage(report: DriftReport, history: PsiHistory = {}): string {
  const ranked = rankedFeatures(report);
  const drawn = ranked.slice(0, FEATURES_DRAWN_MAX);
  const isOpen = (at: number): boolean => at === 0 || (at < FEATURES_OPEN_MAX && ranked[at]?.feature.drift_detected === true);
  const sections = drawn.map(({ name, feature }, at) =>
    featureSection({ name, feature, rule: report.rule, points: history[name] ?? [], isOpen: isOpen(at), at }),
  );
  const left = ranked.length - drawn.length;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:" />
        <meta name="referrer" content="no-referrer" />
        <link rel="icon" href="data:," />
        <title>Drift report, ${dayAndTime(report.timestamp)}</title>
        <style>
          ${new Markup(PAGE_STYLE)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <p class="eyebrow">Drift report · ${dayAndTime(report.timestamp)} UTC</p>
            <h1>${report.verdict}</h1>
            ${sourceLines(report)} ${tiles(report)}
          </header>
          <h2 id="ranking">Features, most drifted first</h2>
          ${rankedTable(ranked, report.rule, drawn.length)}
          <h2>Distributions</h2>
          ${sections}
          ${left > 0 ? html`<p class="method">${left} further features have no charts here; their figures are in the table and in the JSON report.</p>` : undefined}
          ${
            report.notes.length > 0
              ? html`<h2>Notes</h2>
                  <ul class="notes">
                    ${report.notes.map((note) => html`<li>${note}</li>`)}
                  </ul>`
              : undefined
          }
          <h2>How this was decided</h2>
          ${method(report)}
        </main>
      </body>
    </html> `.text;
}

const dayAndTime = (timestamp: string): string => `${timestamp.slice(0, 10)} ${timestamp.slice(11, 16)}`;

function sourceLines({ source }: DriftReport): Markup {
  if (source.kind === "live") {
    const region = source.region === undefined ? "all regions" : source.region;
    return html`<p class="sources">
      Live traffic of ${source.model} ${source.version}, ${region}, ${dayAndTime(source.from)} to ${dayAndTime(source.to)} UTC,
      against the reference of its registration
    </p>`;
  }
  return html`<p class="sources">Reference: ${listed(source.reference)}</p>
    <p class="sources">Current: ${listed(source.current)}</p>`;
}

const SOURCES_SHOWN = 4;
const listed = (sources: readonly string[]): string =>
  sources.slice(0, SOURCES_SHOWN).join(", ") +
  (sources.length > SOURCES_SHOWN ? ` and ${sources.length - SOURCES_SHOWN} more` : "");

const tile = (title: string, value: string): Markup =>
  html`<div class="tile">
    <dt>${title}</dt>
    <dd>${value}</dd>
  </div>`;

function tiles({ dataset, reference_size: reference, current_size: current, features }: DriftReport): Markup {
  const psis = Object.values(features).flatMap(({ psi }) => (psi === undefined ? [] : [psi.psi]));
  return html`<dl class="tiles">
    ${[
      tile("Features drifted", `${dataset.drifted} of ${dataset.judged}`),
      tile("Highest PSI", psis.length === 0 ? "none" : shortNumber(Math.max(...psis))),
      tile("Reference rows", wholeNumber(reference)),
      tile("Current rows", wholeNumber(current)),
    ]}
  </dl>`;
}

function method({ rule }: DriftReport): Markup {
  const decides = {
    psi: "its PSI says so",
    shape: "its shape test (KS, or chi-squared for a category) says so",
    any: "its PSI or its shape test (KS, or chi-squared for a category) says so",
    both: "its PSI and its shape test (KS, or chi-squared for a category) both say so",
  }[rule.feature];
  const correction = {
    none: "uncorrected",
    bonferroni: "corrected after Bonferroni",
    benjamini_hochberg: "corrected after Benjamini and Hochberg",
  }[rule.correction];
  return html`<p class="method">
    A feature has drifted when ${decides}, or when its share of missing values changed by ${percent(rule.missingShareChange)} or
    more. PSI sums (current − reference) · ln(current / reference) over ${rule.psiBins} bins of equal reference share, closed on
    the right, the outer ones open, fewer where ties leave fewer distinct edges; missing values are a bin of their own; a share
    below ${rule.psiFloor} counts as that. PSI is moderate from ${rule.psiModerate} and significant from ${rule.psiSignificant};
    it says drift from ${rule.psiDetects}. KS says drift when p, ${correction} for the number of features, is below
    ${rule.ksAlpha} and the statistic, the largest difference of the two distribution functions, is at least
    ${rule.ksMinimumEffect}; chi-squared likewise with Cramér's V of at least ${rule.chiSquaredMinimumEffect}. Fewer than
    ${rule.minimumRows} rows with a value on either side are not judged. The data set has drifted when
    ${percent(rule.datasetShare)} of its judged features have.
  </p>`;
}
