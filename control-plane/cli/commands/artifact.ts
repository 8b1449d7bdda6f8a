/** Commands about one version's belongings: tag and download. */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Command } from "commander";
import { fail, succeed, type Result } from "../../../contract/result.ts";
import { collectTag, parseModel, parseVersion } from "../arguments.ts";
import { writeWholeFile } from "../atomic-file.ts";
import { connect, performing, type CliContext } from "../command.ts";
import type { CliFailure } from "../failure.ts";
import { formatBytes, formatRecord } from "../format.ts";

export function addArtifactCommands(program: Command, context: CliContext): void {
  program
    .command("tag")
    .description("set or remove tags of a version")
    .argument("<model>", "name of the model", parseModel)
    .argument("<version>", "e.g. v2", parseVersion)
    .option("--set <key=value>", "set a tag; may be repeated", collectTag)
    .option("--remove <key>", "remove a tag; may be repeated", (key: string, before?: string[]) => [...(before ?? []), key])
    .action(
      performing<{ set?: Record<string, string>; remove?: string[] }>(context, async ({ positional, options }) => {
        const [model = "", version = ""] = positional;
        const { set = {}, remove = [] } = options;
        if (Object.keys(set).length + remove.length === 0) {
          return fail({ reason: "usage", detail: "nothing to do: give --set key=value or --remove key" });
        }
        const client = connect(options, context);
        if (!client.ok) return client;
        for (const [key, value] of Object.entries(set)) {
          const answer = await client.value.setTag(model, version, key, value);
          if (!answer.ok) return answer;
        }
        for (const key of remove) {
          const answer = await client.value.deleteTag(model, version, key);
          if (!answer.ok) return answer;
        }
        const answer = await client.value.version(model, version);
        if (!answer.ok) return answer;
        return succeed({ json: answer.value, lines: [`${model} ${version}  ${formatRecord(answer.value.tags)}`] });
      }),
    );

  program
    .command("download")
    .description("download the artifact that the edge serves, checked against its digest")
    .argument("<model>", "name of the model", parseModel)
    .argument("<version>", "e.g. v2", parseVersion)
    .option("--output <file>", "where to (default: <model>-<version>.onnx)")
    .action(
      performing<{ output?: string }>(context, async ({ positional: [model = "", version = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const path = options.output ?? `${model}-${version}.onnx`;
        const described = await client.value.version(model, version);
        if (!described.ok) return described;
        const { sha256, bytes } = described.value.artifact;
        const response = await client.value.artifact(model, version);
        if (!response.ok) return response;
        const written = await writeWholeFile(path, (file) => copyChecked(response.value, file, sha256, path));
        if (!written.ok) return written;
        return succeed({ json: { path, sha256, bytes }, lines: [`${path}  ${formatBytes(bytes)}  ${sha256}`] });
      }),
    );
}

async function copyChecked(
  response: Response,
  file: FileHandle,
  sha256: string,
  path: string,
): Promise<Result<void, CliFailure>> {
  const hash = createHash("sha256");
  for await (const chunk of response.body ?? []) {
    hash.update(chunk);
    await file.appendFile(chunk);
  }
  const got = hash.digest("hex");
  if (got === sha256) return succeed(undefined);
  return fail({ reason: "file_invalid", path, detail: `the bytes received have SHA-256 ${got}, the registry says ${sha256}` });
}
