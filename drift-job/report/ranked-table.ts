/** The table at the head of the page: every feature with its figures, what drifted first. Pure. */
import type { DriftRule } from "../../contract/drift-rule.ts";
import { psiBar } from "./charts.ts";
import { featureAnchor } from "./feature-section.ts";
import { html, percent, pValueText, shortNumber, type Markup } from "./markup.ts";
import { stateOf, STATE_WORDS, type RankedFeature } from "./ranking.ts";

/** @param drawn how many of the first have a section that the name can link to */
export function rankedTable(ranked: readonly RankedFeature[], rule: DriftRule, drawn: number): Markup {
  const rows = ranked.map(({ name, feature }, at) => {
    const { psi, ks_test: ks, chi_squared_test: chi, wasserstein, missing } = feature;
    const state = stateOf(feature);
    const title = at < drawn ? html`<a href="#${featureAnchor(at)}">${name}</a>` : html`${name}`;
    const role = feature.role === "feature" ? undefined : html` <span class="eyebrow">${feature.role}</span>`;
    const effect = ks === undefined ? (chi === undefined ? "–" : shortNumber(chi.cramers_v)) : shortNumber(ks.statistic);
    const pValue = (ks ?? chi)?.p_value;
    const isMissingShown = missing.reference > 0 || missing.current > 0;
    return html`<tr>
      <th scope="row">${title}${role}</th>
      <td class="text"><span class="badge ${state}">${STATE_WORDS[state]}</span></td>
      <td>${psi === undefined ? "–" : shortNumber(psi.psi)}</td>
      <td class="graph">${psi === undefined ? undefined : psiBar(psi.psi, rule.psiModerate, rule.psiSignificant)}</td>
      <td>${effect}</td>
      <td class="wide">${pValue === undefined ? "–" : pValueText(pValue)}</td>
      <td class="wide">${wasserstein?.standardised === undefined ? "–" : shortNumber(wasserstein.standardised)}</td>
      <td class="wide">${feature.jensen_shannon === undefined ? "–" : shortNumber(feature.jensen_shannon)}</td>
      <td class="wide">${isMissingShown ? `${percent(missing.reference_share)} → ${percent(missing.current_share)}` : "none"}</td>
    </tr>`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-labelledby="ranking">
    <table>
      <thead>
        <tr>
          <th scope="col">Feature</th>
          <th scope="col" class="text">State</th>
          <th scope="col">PSI</th>
          <th scope="col" class="text"><span class="wide">marks at ${rule.psiModerate} and ${rule.psiSignificant}</span></th>
          <th scope="col"><abbr title="Kolmogorov-Smirnov statistic; Cramér's V for a category">KS</abbr></th>
          <th scope="col" class="wide">p</th>
          <th scope="col" class="wide">
            <abbr title="Wasserstein distance in standard deviations of the reference">Wasserstein, sd</abbr>
          </th>
          <th scope="col" class="wide"><abbr title="Jensen-Shannon distance">JS</abbr></th>
          <th scope="col" class="wide">Missing</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
