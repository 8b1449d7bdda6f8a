/** What a start prints once everything runs. Pure. */
import type { LocalSecrets } from "./secrets.ts";

export interface Banner {
  edgeUrl: string;
  controlPlaneUrl: string;
  secrets: LocalSecrets;
  /** The example's model and a row for it; undefined when the registry holds other models only. */
  example: { model: string; instance: Record<string, number | null> } | undefined;
}

export function bannerLines({ edgeUrl, controlPlaneUrl, secrets, example }: Banner): string[] {
  const lines = [
    "",
    "Edgewise is running. Ctrl-C ends all of it.",
    "",
    `  edge           ${edgeUrl}  (POST /predict, /v2, /health, /openapi.json)`,
    `  control plane  ${controlPlaneUrl}  (API under /api)`,
    `  API page       ${controlPlaneUrl}/docs`,
    `  admin token    ${secrets.adminTokenFile}`,
    "",
  ];
  if (example === undefined) return [...lines, "  npx edgewise models", ""];
  return [
    ...lines,
    "Try it:",
    "",
    curlLine(edgeUrl, example.model, example.instance),
    "",
    `  npx edgewise versions ${example.model}`,
    `  npx edgewise traffic --model ${example.model} --rate 50`,
    "",
  ];
}

/** One line for any POSIX shell. JSON of numbers and plain names has no quote that could end the shell's. */
export const curlLine = (edgeUrl: string, model: string, instance: Record<string, number | null>): string =>
  `curl -s ${edgeUrl}/predict -H 'content-type: application/json' -d '${JSON.stringify({ model, instances: [instance] })}'`;
