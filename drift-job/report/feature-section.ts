/** One feature of the page: what happened to it in a sentence, its charts, and the bins of its PSI. Pure. */
import type { FeatureReport } from "../../contract/drift-report.ts";
import type { DriftRule } from "../../contract/drift-rule.ts";
import { histogramChart, psiChart, quantileChart, type PsiPoint } from "./charts.ts";
import { html, percent, shortNumber, wholeNumber, type Markup } from "./markup.ts";
import { featureSentence, stateOf, STATE_WORDS } from "./ranking.ts";

export interface FeatureSection {
  name: string;
  feature: FeatureReport;
  rule: DriftRule;
  /** Its PSI over time, this report last. */
  points: readonly PsiPoint[];
  isOpen: boolean;
  /** Its place in the ranking, which is its anchor: a name may hold anything. */
  at: number;
}

export const featureAnchor = (at: number): string => `feature-${at + 1}`;

export function featureSection({ name, feature, rule, points, isOpen, at }: FeatureSection): Markup {
  const state = stateOf(feature);
  const { psi } = feature;
  const legend = html`<span class="key key-reference">reference</span> &nbsp; <span class="key key-current">current</span>`;
  const charts = [
    figure(html`Distribution &nbsp; ${legend}`, histogramChart(name, feature)),
    figure(html`Quantiles: current against reference`, quantileChart(name, feature)),
    figure(html`PSI over time`, psiChart(name, points, rule.psiModerate, rule.psiSignificant)),
  ].filter((chart) => chart !== undefined);
  return html`<details class="feature" id="${featureAnchor(at)}" ${isOpen ? html` open` : undefined}>
    <summary>
      <h3>${name}</h3>
      <span class="badge ${state}">${STATE_WORDS[state]}</span
      >${psi === undefined ? undefined : html`<span class="figure">PSI ${shortNumber(psi.psi)}</span>`}
    </summary>
    <div class="inside">
      <p>${featureSentence(feature)}</p>
      <div class="charts">${charts}</div>
      ${psi === undefined ? undefined : binTable(psi, feature)}
    </div>
  </details>`;
}

const figure = (caption: Markup, chart: Markup | undefined): Markup | undefined =>
  chart === undefined
    ? undefined
    : html`<figure>
        <figcaption>${caption}</figcaption>
        ${chart}
      </figure>`;

function binTable(
  { bins }: NonNullable<FeatureReport["psi"]>,
  { reference_rows: reference, current_rows: current }: FeatureReport,
): Markup {
  const rows = bins.map(
    (bin) =>
      html`<tr>
        <th scope="row">${bin.label}</th>
        <td>${percent(bin.reference / Math.max(1, reference))}</td>
        <td>${percent(bin.current / Math.max(1, current))}</td>
        <td class="wide">${wholeNumber(bin.reference)}</td>
        <td class="wide">${wholeNumber(bin.current)}</td>
        <td>${shortNumber(bin.psi)}</td>
      </tr>`,
  );
  return html`<details class="bins">
    <summary>Bins of the PSI</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Bins of the PSI">
      <table>
        <thead>
          <tr>
            <th scope="col">Values</th>
            <th scope="col">Reference</th>
            <th scope="col">Current</th>
            <th scope="col" class="wide">Reference rows</th>
            <th scope="col" class="wide">Current rows</th>
            <th scope="col">PSI</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </details>`;
}
