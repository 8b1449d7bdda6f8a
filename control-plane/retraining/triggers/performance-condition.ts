/** The performance trigger: is the live RMSE of the production version more than the limit over its baseline, by enough feedback? Pure. */
import type { Condition, QuietWhy, TriggerFacts } from "./decision.ts";

const quiet = (because: QuietWhy): Condition => ({ holds: false, because });

export function performanceCondition({ config, production, live, last }: TriggerFacts): Condition {
  const { rmseIncreasePercentMax, feedbackMin, windowHours } = config.triggers.performance;
  if (!production) return quiet({ why: "nothing_in_production" });
  const { version, baselineRmse } = production;
  if (baselineRmse === undefined || !(baselineRmse > 0)) return quiet({ why: "no_baseline", version });
  if (!live) return quiet({ why: "no_live_quality" });
  const { feedback, rmse } = live;
  if (!(feedback >= feedbackMin)) return quiet({ why: "feedback_too_few", feedback, feedbackMin });
  if (!Number.isFinite(rmse)) return quiet({ why: "rmse_not_finite", version });
  const limit = baselineRmse * (1 + rmseIncreasePercentMax / 100);
  if (!(rmse > limit)) return quiet({ why: "rmse_within_limit", rmse, limit, feedback });
  const increasePercent = (rmse / baselineRmse - 1) * 100;
  return {
    holds: true,
    condition: {
      // Once for what has been known since the last run: that it goes on being bad is nothing new.
      key: `performance:${version}:after-run-${last?.id ?? 0}`,
      reason: `live RMSE ${rmse.toFixed(2)} of ${version} over ${feedback} rows is ${increasePercent.toFixed(1)} % over its baseline of ${baselineRmse.toFixed(2)} (limit ${rmseIncreasePercentMax} %)`,
      evidence: {
        version,
        liveRmse: rmse,
        baselineRmse,
        increasePercent,
        rmseIncreasePercentMax,
        feedback,
        feedbackMin,
        windowHours,
      },
    },
  };
}
