/** The `edgewise` command, loaded by edgewise.ts: wires the process to the command tree and its outcome to the exit code. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CommanderError, type Command } from "commander";
import { EXIT_FAILURE, EXIT_USAGE } from "./failure.ts";
import { buildProgram } from "./program.ts";
import { processTerminal } from "./terminal.ts";

const repositoryDirectory = join(dirname(fileURLToPath(import.meta.url)), "../..");
const { version } = JSON.parse(readFileSync(join(repositoryDirectory, "package.json"), "utf8")) as { version: string };

const interruption = new AbortController();
// The second Ctrl-C is not caught: it ends the process where it stands.
process.once("SIGINT", () => interruption.abort());
process.once("SIGTERM", () => interruption.abort());
// `edgewise versions m | head -1` closes the pipe early; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const program = buildProgram(
  {
    terminal: processTerminal(),
    surroundings: { environment: process.env, workingDirectory: process.cwd(), repositoryDirectory },
    monotonicMs: () => performance.now(),
    interruption: interruption.signal,
    setExitCode: (code) => void (process.exitCode = code),
  },
  version,
);
throwInsteadOfExit(program);
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else {
    process.stderr.write(`error: this is a fault in edgewise itself: ${(error as Error).stack}\n`);
    process.exitCode = EXIT_FAILURE;
  }
}

/** Commander exits with 1 on a usage error; scripts need to tell that from a failure. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}
