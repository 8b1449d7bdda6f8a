/** The example model line (examples/pm25): registered and promoted over the HTTP API when the registry has no model, as a person would. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { driftReference } from "../../contract/drift-reference.ts";
import { succeed, type Result } from "../../contract/result.ts";
import type { ControlPlaneClient } from "../../control-plane/cli/control-plane-client.ts";
import type { CliFailure } from "../../control-plane/cli/failure.ts";

export const EXAMPLE_MODEL = "pm25_predictor";

interface ExampleVersion {
  version: "v1" | "v2";
  description: string;
  metrics: Record<string, number>;
}

/** Figures of examples/pm25/README.md. */
const VERSIONS: ExampleVersion[] = [
  {
    version: "v1",
    description: "XGBoost regressor of PM2.5, 100 trees of depth 4, trained on the hours before 2015-03",
    metrics: { rmse: 23.857, mae: 14.894 },
  },
  {
    version: "v2",
    description: "XGBoost regressor of PM2.5, 200 trees of depth 6, trained on the hours before 2016-03",
    metrics: { rmse: 21.324, mae: 13.194 },
  },
];

const examplesFile = z.object({
  features: z.array(z.string()),
  instances: z.array(z.array(z.number().nullable())).min(1),
  predictions: z.record(z.string(), z.array(z.number())),
});

/** XGBoost adds float32 in another order than onnxruntime. */
const TOLERANCE = { absolute: 1e-4, relative: 1e-6 };

/** Registers v1 and v2 and takes each through staging to production; does nothing when there is a model already. */
export async function ensureExampleLine(
  client: ControlPlaneClient,
  repositoryDirectory: string,
  report: (line: string) => void,
): Promise<Result<void, CliFailure>> {
  const models = await client.models();
  if (!models.ok) return models;
  if (models.value.models.length > 0) return succeed(undefined);

  const folder = join(repositoryDirectory, "examples/pm25");
  const examples = examplesFile.parse(JSON.parse(readFileSync(join(folder, "examples.json"), "utf8")));
  for (const { version, description, metrics } of VERSIONS) {
    const artifactPath = join(folder, `pm25-${version}.onnx`);
    const registered = await client.register({
      model: EXAMPLE_MODEL,
      artifactPath,
      artifactBytes: statSync(artifactPath).size,
      metadata: {
        description,
        metrics,
        tags: { example: "pm25" },
        inputs: [{ name: "features", features: examples.features, missing: "nan" }],
        examples: examples.instances,
        expected: examples.predictions[version] ?? [],
        tolerance: TOLERANCE,
        reference: driftReference.parse(JSON.parse(readFileSync(join(folder, `reference-${version}.json`), "utf8"))),
      },
    });
    if (!registered.ok) return registered;
    for (const stage of ["staging", "production"] as const) {
      const moved = await client.promote(EXAMPLE_MODEL, registered.value.version, {
        stage,
        reason: "the example line, at the first start",
      });
      if (!moved.ok) return moved;
    }
    report(`registered and promoted ${EXAMPLE_MODEL} ${registered.value.version}`);
  }
  return succeed(undefined);
}

/** A row of the example in /predict's form, by feature name. */
export function exampleInstance(repositoryDirectory: string): Record<string, number | null> {
  const text = readFileSync(join(repositoryDirectory, "examples/pm25/examples.json"), "utf8");
  const { features, instances } = examplesFile.parse(JSON.parse(text));
  return Object.fromEntries(features.map((feature, at) => [feature, instances[0]?.[at] ?? null]));
}
