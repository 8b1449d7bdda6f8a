/** What a trigger would do now and why, in a sentence for a person. Pure and exhaustive. */
import type { HeldWhy, QuietWhy, TriggerDecision } from "./decision.ts";

export function decisionSentence(decision: TriggerDecision): string {
  switch (decision.state) {
    case "off":
      return "off";
    case "quiet":
      return quietSentence(decision.because);
    case "held":
      return `${decision.condition.reason}; held: ${heldSentence(decision.because)}`;
    case "fires":
      return `${decision.condition.reason}: ${decision.mode === "run" ? "starts a run" : "suggests one"}`;
  }
}

function quietSentence(because: QuietWhy): string {
  switch (because.why) {
    case "not_due":
      return because.next === null ? "never due again" : `next due at ${because.next}`;
    case "nothing_in_production":
      return "nothing is in production";
    case "no_baseline":
      return `${because.version} was registered without the metric rmse`;
    case "no_live_quality":
      return "nothing is known of the live quality";
    case "feedback_too_few":
      return `${because.feedback} rows with a known truth, ${because.feedbackMin} are needed`;
    case "rmse_not_finite":
      return `the live RMSE of ${because.version} is not a finite number`;
    case "rmse_within_limit":
      return `live RMSE ${because.rmse.toFixed(2)} over ${because.feedback} rows is within ${because.limit.toFixed(2)}`;
    case "no_drift_report":
      return "there is no drift report on the production version";
    case "drift_report_older_than_run":
      return `report ${because.report} is older than run ${because.runId}`;
    case "key_features_absent":
      return `report ${because.report} does not measure ${because.absent.join(", ") || "any feature"}`;
    case "psi_within_limit":
      return `the largest PSI in report ${because.report}, ${because.psi.toFixed(3)} of ${because.feature}, is within ${because.limit}`;
    case "done_already":
      return `this has been acted upon (${because.key})`;
  }
}

function heldSentence(because: HeldWhy): string {
  switch (because.why) {
    case "run_active":
      return `run ${because.runId} is not over`;
    case "awaiting_review":
      return `${because.version}, which run ${because.runId} made, awaits review`;
    case "cooldown":
      return `the cooldown after run ${because.runId} lasts until ${because.until}`;
    case "suggestion_open":
      return `suggestion ${because.runId} is open`;
    case "other_trigger":
      return `${because.trigger} fires first`;
  }
}
