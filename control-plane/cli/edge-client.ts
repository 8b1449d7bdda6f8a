/** The edge's HTTP API as the CLI uses it: what a model takes, which generation is served, and predictions. */
import { z } from "zod";
import { DATATYPE_NAMES } from "../../contract/datatype.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { CliFailure } from "./failure.ts";
import { callJson, refusalOf, send, type HttpCall } from "./http-call.ts";

const modelMetadata = z.object({
  name: z.string(),
  inputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.enum(DATATYPE_NAMES),
      shape: z.array(z.int()),
      /** Names of the columns, when the manifest gives them, and whether a value may be missing: Edgewise's own, beside the protocol's. */
      features: z.array(z.string()).optional(),
      missing: z.enum(["nan", "refused"]).default("refused"),
    }),
  ),
});

export type ModelMetadata = z.infer<typeof modelMetadata>;

/** What a model takes, from Open Inference Protocol metadata. */
export function readModelMetadata(
  edgeUrl: string,
  model: string,
  version: string | undefined,
  token: string | undefined,
): Promise<Result<ModelMetadata, CliFailure>> {
  return callJson(modelMetadata, { peer: "edge", url: modelUrl(edgeUrl, model, version), token });
}

/** The generation of `model` that answers at the edge right now; null when none does. */
export async function servedGeneration(edgeUrl: string, model: string): Promise<Result<number | null, CliFailure>> {
  // With the usual patience: a cold edge says 503 only after 20 s.
  const call: HttpCall = { peer: "edge", url: modelUrl(edgeUrl, model, undefined) };
  const sent = await send(call);
  if (!sent.ok) return sent;
  const response = sent.value;
  // A release may not have reached this edge at all yet: nothing is served, which is an answer.
  if (response.status === 404 || response.status === 503) {
    await response.body?.cancel();
    return succeed(null);
  }
  if (!response.ok) return fail(await refusalOf(response, call));
  await response.body?.cancel();
  const generation = Number(response.headers.get("x-release-generation") ?? "missing");
  return succeed(Number.isSafeInteger(generation) ? generation : null);
}

const modelUrl = (edgeUrl: string, model: string, version: string | undefined): string =>
  `${edgeUrl}/v2/models/${encodeURIComponent(model)}${version === undefined ? "" : `/versions/${encodeURIComponent(version)}`}`;
