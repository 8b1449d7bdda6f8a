/** `edgewise predict`: sends a file of rows to the edge and writes the predictions beside them. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { Option, type Command } from "commander";
import { columnLayout } from "../../../contract/column-layout.ts";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { REQUEST_ROWS_MAX } from "../../../contract/limits.ts";
import { parseModel, parsePositiveInteger, parseVersion } from "../arguments.ts";
import { writeWholeFile } from "../atomic-file.ts";
import { performing, type CliContext } from "../command.ts";
import { edgeUrl, findEdgeToken, type GlobalOptions } from "../connection.ts";
import { readModelMetadata } from "../edge-client.ts";
import type { CliFailure } from "../failure.ts";
import { formatSeconds } from "../format.ts";
import { openCsv } from "../predict/csv-rows.ts";
import { openJsonLines } from "../predict/json-rows.ts";
import { predictFile, type FileOutcome } from "../predict/predict-file.ts";
import { modelColumns, type RowSource } from "../predict/row-source.ts";
import { byteProgressBar } from "../progress-bar.ts";

interface PredictOptions {
  output: string;
  batch: number;
  version?: string;
}

export function addPredictCommand(program: Command, context: CliContext): void {
  program
    .command("predict")
    .description("predict every row of a CSV or JSON lines file at the edge")
    .argument("<model>", "name of the model", parseModel)
    .argument("<file>", "rows: .csv with a header (an empty cell or NA is missing), or .jsonl with an object or array a line")
    .requiredOption("--output <file>", "where the rows go with their predictions, in the same format")
    .addOption(
      new Option("--batch <rows>", `rows a request, ${REQUEST_ROWS_MAX} at most`).default(500).argParser(parsePositiveInteger),
    )
    .option("--version <version>", "a version of the release, or a staged one with the edge's token", parseVersion)
    .action(
      performing<PredictOptions>(context, async ({ positional: [model = "", path = ""], options }) => {
        const startMs = context.monotonicMs();
        const fileBytes = await sizeOf(path, options);
        if (!fileBytes.ok) return fileBytes;
        const source = await openSource(model, path, options, context);
        if (!source.ok) return source;
        warnOfIgnored([...source.value.ignoredColumns], context);

        const written = await predictIntoFile({
          model,
          path,
          fileBytes: fileBytes.value,
          source: source.value,
          options,
          context,
        });
        if (!written.ok) return written;
        const elapsedMs = context.monotonicMs() - startMs;
        const { rows, retries, rowsByVersion } = written.value;
        const ignored = [...source.value.ignoredColumns];
        if (path.endsWith(".jsonl")) warnOfIgnored(ignored, context);
        return succeed({
          json: { output: options.output, ...written.value, ignoredColumns: ignored, elapsedMs: Math.round(elapsedMs) },
          lines: [
            `${options.output}  ${rows} rows in ${formatSeconds(elapsedMs)} (${Math.round(rows / (elapsedMs / 1000))} rows/s)` +
              `  ${Object.entries(rowsByVersion)
                .map(([version, count]) => `${version}: ${count}`)
                .join(", ")}` +
              (retries > 0 ? `  ${retries} retries` : ""),
          ],
        });
      }),
    );
}

async function sizeOf(path: string, { output, batch }: PredictOptions): Promise<Result<number, CliFailure>> {
  if (!/\.(csv|jsonl)$/.test(path)) return fail({ reason: "usage", detail: `${path}: the file's name ends in .csv or .jsonl` });
  if (resolve(path) === resolve(output)) return fail({ reason: "usage", detail: "--output names the input itself" });
  if (batch > REQUEST_ROWS_MAX)
    return fail({ reason: "usage", detail: `--batch ${batch} is over the limit of ${REQUEST_ROWS_MAX} rows` });
  try {
    return succeed((await stat(path)).size);
  } catch (error) {
    return fail({ reason: "file_unreadable", path, detail: (error as Error).message });
  }
}

async function openSource(
  model: string,
  path: string,
  options: PredictOptions & GlobalOptions,
  { surroundings }: CliContext,
): Promise<Result<RowSource, CliFailure>> {
  const metadata = await readModelMetadata(
    edgeUrl(options, surroundings),
    model,
    options.version,
    edgeTokenFor(options, surroundings),
  );
  if (!metadata.ok) return metadata;
  const columns = modelColumns(columnLayout(metadata.value.inputs));
  return path.endsWith(".csv") ? openCsv(path, columns) : succeed(openJsonLines(path, columns));
}

interface Job {
  model: string;
  path: string;
  fileBytes: number;
  source: RowSource;
  options: PredictOptions & GlobalOptions;
  context: CliContext;
}

async function predictIntoFile({
  model,
  path,
  fileBytes,
  source,
  options,
  context,
}: Job): Promise<Result<FileOutcome, CliFailure>> {
  const { surroundings, interruption, terminal, monotonicMs } = context;
  let rowsDone = 0;
  const startMs = monotonicMs();
  const bar = byteProgressBar(
    terminal,
    fileBytes,
    () => `${rowsDone} rows, ${Math.round(rowsDone / ((monotonicMs() - startMs) / 1000) || 0)} rows/s`,
  );
  try {
    return await writeWholeFile(options.output, (file) =>
      predictFile({
        path,
        source,
        batchRows: options.batch,
        target: {
          edgeUrl: edgeUrl(options, surroundings),
          model,
          version: options.version,
          token: edgeTokenFor(options, surroundings),
        },
        interruption,
        writeText: (text) => file.appendFile(text),
        onProgress: (readBytes, rows) => {
          rowsDone = rows;
          bar.update(Math.min(readBytes, fileBytes));
        },
      }),
    );
  } finally {
    bar.stop();
  }
}

/** Only a named version may need it: a token is not sent where none is asked for. */
const edgeTokenFor = ({ version }: PredictOptions, surroundings: CliContext["surroundings"]): string | undefined =>
  version === undefined ? undefined : findEdgeToken(surroundings);

function warnOfIgnored(names: readonly string[], { terminal }: CliContext): void {
  if (names.length > 0)
    terminal.printError(`${terminal.paintError("yellow", "ignored:")} the model does not take ${names.join(", ")}`);
}
