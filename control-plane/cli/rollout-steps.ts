/** A rollout's steps as they are written on a command line. Pure. */
import { InvalidArgumentError } from "commander";
import type { RolloutStep } from "../api/rollout-schemas.ts";
import { parseDurationMs } from "./arguments.ts";
import { formatSpan } from "./format.ts";

const STEP = /^(\d+(?:\.\d+)?)%@([^/]+)\/(\d+)$/;

/** `1%@10m/1000,10%@30m/5000`: percent @ least duration / least requests of the canary. A last `100%` may be written and is always meant. */
export function parseSteps(text: string): RolloutStep[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length > 1 && parts.at(-1) === "100%") parts.pop();
  return parts.map((part) => {
    const [, percent, duration, requests] = STEP.exec(part) ?? [];
    if (percent === undefined || duration === undefined) {
      throw new InvalidArgumentError(`a step is percent@duration/requests, e.g. 10%@30m/5000, not ${JSON.stringify(part)}`);
    }
    return { percent: Number(percent), durationMs: parseDurationMs(duration), requestsMin: Number(requests) };
  });
}

export const formatStep = ({ percent, durationMs, requestsMin }: RolloutStep): string =>
  `${percent} % for ${formatSpan(durationMs)} and ${requestsMin} requests`;
