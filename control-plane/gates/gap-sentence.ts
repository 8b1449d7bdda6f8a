/** What each gap in the evidence is as a sentence. Pure and exhaustive. */
import type { Gap } from "./evidence.ts";

export function gapSentence(gap: Gap): string {
  switch (gap.reason) {
    case "not_measured":
      return "nobody has run the gates on this version: `edgewise gates run`";
    case "evidence_stale":
      return `${gap.what} since the gates were run: run them again`;
    case "run_signature_invalid":
      return `gate run ${gap.run} does not verify with the release key: run the gates again`;
    case "set_unknown":
      return gap.set === null ? "the model has no evaluation set" : `the model has no evaluation set named ${gap.set}`;
    case "set_unreadable":
      return `evaluation set ${gap.set} cannot be read: ${gap.detail}`;
    case "set_empty":
      return `evaluation set ${gap.set} has no rows`;
    case "labels_missing":
      return `none of the ${gap.rows} rows of evaluation set ${gap.set} has a label`;
    case "groups_absent":
      return `evaluation set ${gap.set} names no group column`;
    case "reference_absent":
      return `${gap.version} was registered without a reference, so there is no training distribution to compare with`;
    case "predictions_not_finite":
      return `${gap.version} predicts no finite number for ${gap.rows} rows, the first of them row ${gap.firstRow}`;
    case "scoring_failed":
      return `${gap.version ?? "the evaluation"} could not be scored: ${gap.detail}`;
    case "edge_token_absent":
      return "the control plane has no EDGE_TOKEN, without which it reaches no staged version";
    case "edge_unreachable":
      return `the edge did not answer: ${gap.detail}`;
    case "not_staged":
      return `${gap.version} is not in staging, so the edge does not have it`;
    case "edge_refused":
      return `the edge answered ${gap.status} (${gap.code})`;
  }
}
