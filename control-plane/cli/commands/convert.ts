/** `edgewise convert`: an XGBoost model file into ONNX on this machine, as registration would convert it. Speaks to no server. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { asOnnx } from "../../conversion/as-onnx.ts";
import { conversionSentence } from "../../conversion/conversion-sentence.ts";
import type { Conversion } from "../../conversion/conversion.ts";
import { writeWholeFile } from "../atomic-file.ts";
import { performing, type CliContext } from "../command.ts";
import type { CliFailure } from "../failure.ts";
import { formatBytes } from "../format.ts";
import { fieldLines } from "../table.ts";

export function addConvertCommand(program: Command, context: CliContext): void {
  program
    .command("convert")
    .description("convert an XGBoost model (JSON or UBJSON) to ONNX; register does it by itself")
    .argument("<file>", "what Booster.save_model wrote")
    .requiredOption("--output <file>", "where the ONNX file goes")
    .action(
      performing<{ output: string }>(context, async ({ positional: [path = ""], options: { output } }) => {
        const converted = await convertFile(path);
        if (!converted.ok) return converted;
        const { bytes, notes, input } = converted.value;
        const written = await writeWholeFile(output, async (file) => succeed(await file.writeFile(bytes)));
        if (!written.ok) return written;
        return succeed({
          json: { output, bytes: bytes.length, notes, input },
          lines: [
            `${output}  ${formatBytes(bytes.length)}`,
            ...fieldLines([
              ["input", input.name],
              ["features", input.features?.join(", ") ?? "without names"],
              ["missing", "may be missing (NaN)"],
              ["notes", notes.join("\n")],
            ]),
          ],
        });
      }),
    );
}

async function convertFile(path: string): Promise<Result<Conversion, CliFailure>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return fail({ reason: "file_unreadable", path, detail: (error as Error).message });
  }
  const converted = asOnnx(bytes);
  if (!converted.ok) return fail({ reason: "file_invalid", path, detail: conversionSentence(converted.failure) });
  if (converted.value !== undefined) return succeed(converted.value);
  return fail({ reason: "file_invalid", path, detail: "it is neither XGBoost JSON nor UBJSON" });
}
