/** Brings the parts up in order: the edge's runtime, the control plane that publishes to it, the example line. */
import { fail, succeed, type Result } from "../../contract/result.ts";
import { findToken } from "../../control-plane/cli/connection.ts";
import { controlPlaneClient, type ControlPlaneClient } from "../../control-plane/cli/control-plane-client.ts";
import { servedGeneration } from "../../control-plane/cli/edge-client.ts";
import { describeFailure, type CliFailure } from "../../control-plane/cli/failure.ts";
import { waitForEdge } from "../../control-plane/cli/wait-for-edge.ts";
import { bannerLines } from "./banner.ts";
import { ensureExampleLine, EXAMPLE_MODEL, exampleInstance } from "./example-line.ts";
import { controlPlaneCommand, controlPlaneUrlOf, edgeCommand, edgeUrlOf, type StartPlan } from "./parts.ts";
import type { GroupCommand, ProcessGroup } from "./process-group.ts";
import { waitUntilReady, type ReadinessFailure } from "./readiness.ts";

/** The first start of wrangler bundles the Worker; a busy machine takes its time. */
const READY_TIMEOUT_MS = 120_000;

export type Part = "edge" | "control plane";

export interface Stage {
  plan: StartPlan;
  /** Starts a part and shows its output. */
  start: (part: Part, command: GroupCommand) => ProcessGroup;
  report: (line: string) => void;
  interruption: AbortSignal;
}

/** Why it did not come up, as a sentence; undefined inside when it was interrupted and nothing need be said. */
export async function bringUp({ plan, start, report, interruption }: Stage): Promise<Result<void, string | undefined>> {
  const edge = start("edge", edgeCommand(plan));
  // Any answer will do: with no release in KV yet, the Worker rightly says that it is not ready.
  const edgeReady = await waitUntilReady({
    url: `${edgeUrlOf(plan)}/v2/health/live`,
    group: edge,
    isReady: ({ status }) => status === 200,
    timeoutMs: READY_TIMEOUT_MS,
    interruption,
  });
  if (!edgeReady.ok) return fail(readinessSentence("edge", edgeReady.failure));

  const controlPlane = start("control plane", controlPlaneCommand(plan));
  const controlPlaneReady = await waitUntilReady({
    url: `${controlPlaneUrlOf(plan)}/readyz`,
    group: controlPlane,
    isReady: ({ ok }) => ok,
    timeoutMs: READY_TIMEOUT_MS,
    interruption,
  });
  if (!controlPlaneReady.ok) return fail(readinessSentence("control plane", controlPlaneReady.failure));

  const served = await serveExample(plan, report);
  if (interruption.aborted) return fail(undefined);
  if (!served.ok) return fail(`the example line could not be set up: ${describeFailure(served.failure).sentence}`);
  for (const line of bannerLines({
    edgeUrl: edgeUrlOf(plan),
    controlPlaneUrl: controlPlaneUrlOf(plan),
    secrets: plan.secrets,
    example: served.value ? { model: EXAMPLE_MODEL, instance: exampleInstance(plan.repositoryDirectory) } : undefined,
  })) {
    report(line);
  }
  return succeed(undefined);
}

/** True when the example's model answers at the edge; false when the registry holds other models and not the example. */
async function serveExample(plan: StartPlan, report: (line: string) => void): Promise<Result<boolean, CliFailure>> {
  const token = findToken(
    {},
    {
      environment: { EDGEWISE_DIRECTORY: plan.stateDirectory, EDGEWISE_TOKEN: plan.environment["EDGEWISE_TOKEN"] },
      workingDirectory: plan.repositoryDirectory,
      repositoryDirectory: plan.repositoryDirectory,
    },
  );
  if (!token.ok) return token;
  const client = controlPlaneClient(controlPlaneUrlOf(plan), token.value);
  const ensured = await ensureExampleLine(client, plan.repositoryDirectory, report);
  if (!ensured.ok) return ensured;
  const generation = await exampleGeneration(client);
  if (!generation.ok || generation.value === undefined) return generation.ok ? succeed(false) : generation;
  const waited = await waitForEdge({
    model: EXAMPLE_MODEL,
    generation: generation.value,
    served: () => servedGeneration(edgeUrlOf(plan), EXAMPLE_MODEL),
    monotonicMs: () => performance.now(),
  });
  return waited.ok ? succeed(true) : waited;
}

/** Undefined when there is no such model, or none of its versions is in production. */
async function exampleGeneration(client: ControlPlaneClient): Promise<Result<number | undefined, CliFailure>> {
  const models = await client.models();
  if (!models.ok) return models;
  const example = models.value.models.find(({ name }) => name === EXAMPLE_MODEL);
  return succeed(example?.production ? example.generation : undefined);
}

function readinessSentence(part: Part, failure: ReadinessFailure): string | undefined {
  switch (failure.reason) {
    case "ended":
      return `the ${part} ${failure.how} before it was ready; its last lines are above`;
    case "timed_out":
      return `the ${part} was not ready after ${failure.afterMs / 1000} s; its last lines are above`;
    case "interrupted":
      return undefined;
  }
}
