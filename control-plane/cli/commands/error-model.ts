/** `edgewise error-model`: fits a version's error model here, on rows with truth, and registers it beside the version. */
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { Command } from "commander";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { runFit } from "../../error-model/run-fit.ts";
import { parseModel, parseSeed, parseVersion } from "../arguments.ts";
import { connect, performing, type CliContext } from "../command.ts";
import type { CliFailure } from "../failure.ts";
import { formatBytes } from "../format.ts";
import { fieldLines } from "../table.ts";
import { describeTableFile } from "../table-file.ts";

interface ErrorModelOptions {
  model: string;
  version: string;
  rows: string;
  label: string;
  seed: number;
}

export function addErrorModelCommand(program: Command, context: CliContext): void {
  program
    .command("error-model")
    .description("fit a small model of a version's errors on rows with truth, so that RMSE is estimated while the truth is late")
    .requiredOption("--model <name>", "name of the model", parseModel)
    .requiredOption("--version <version>", "e.g. v2", parseVersion)
    .requiredOption(
      "--rows <file>",
      "rows that the version was not fitted on, the newest last: .csv with a header, .jsonl, either with .gz, or .parquet",
    )
    .requiredOption("--label <column>", "the column with the truth; rows without it are left out")
    .option("--seed <number>", "the same rows and seed give the same bytes", parseSeed, 0)
    .action(
      performing<ErrorModelOptions>(context, async ({ options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const { model, version, label, seed } = options;
        const table = await describeTableFile(options.rows);
        if (!table.ok) return table;
        const described = await client.value.version(model, version);
        if (!described.ok) return described;
        const { inputs, outputs, artifact, inspection } = described.value;
        const directory = await mkdtemp(join(tmpdir(), "edgewise-error-model-"));
        try {
          const artifactPath = join(directory, "version.onnx");
          const response = await client.value.artifact(model, version);
          if (!response.ok) return response;
          const kept = await keepChecked(response.value, artifactPath, artifact.sha256);
          if (!kept.ok) return kept;
          const { format, isGzipped } = table.value;
          const file = { path: resolve(options.rows), format, isGzipped };
          const manifest = { inputs, outputs, ...(inspection.engine && { engine: inspection.engine.name }) };
          const fitted = await runFit({ version: { version, artifactPath, manifest }, file, label, seed });
          if (!fitted.ok) return fail({ reason: "training_failed", detail: fitted.failure });
          const { onnx, figures } = fitted.value;
          const path = join(directory, "error-model.onnx");
          await writeFile(path, onnx);
          const metadata = { source: basename(options.rows), artifactSha256: artifact.sha256, figures };
          const answer = await client.value.addErrorModel({ model, version, path, fileBytes: onnx.byteLength, metadata });
          if (!answer.ok) return answer;
          const { rows, measuredRows, rmse, rmseEstimated } = figures;
          const { generation, bytes } = answer.value;
          return succeed({
            json: answer.value,
            lines: fieldLines([
              ["error model", `of ${model} ${version}, ${formatBytes(bytes)}`],
              ["rows", `${rows} with truth, the last ${measuredRows} to measure on`],
              ["on those", `RMSE ${rmse.toPrecision(5)}, estimated ${rmseEstimated.toPrecision(5)}`],
              ["at the edge", generation === null ? "once the version is served" : `with generation ${generation}`],
            ]),
          });
        } finally {
          await rm(directory, { recursive: true, force: true });
        }
      }),
    );
}

async function keepChecked(response: Response, path: string, sha256: string): Promise<Result<void, CliFailure>> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const got = createHash("sha256").update(bytes).digest("hex");
  if (got !== sha256) return fail({ reason: "file_invalid", path, detail: `the artifact received has SHA-256 ${got}` });
  await writeFile(path, bytes);
  return succeed(undefined);
}
