/** How every command runs: options in, an outcome out, which is printed as text or as JSON and ends in an exit code. */
import type { Command } from "commander";
import { succeed, type Result } from "../../contract/result.ts";
import { controlPlaneUrl, findToken, type GlobalOptions, type Surroundings } from "./connection.ts";
import { controlPlaneClient, type ControlPlaneClient } from "./control-plane-client.ts";
import { describeFailure, exitCodeOf, failureRecord, type CliFailure } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

export interface CliContext {
  terminal: Terminal;
  surroundings: Surroundings;
  /** Milliseconds of a clock that never goes back. */
  monotonicMs: () => number;
  /** Aborted on the first Ctrl-C. */
  interruption: AbortSignal;
  setExitCode: (code: number) => void;
}

export interface Outcome {
  /** What --json prints: the API's own answer where there is one. */
  json: unknown;
  /** What a person reads. */
  lines: string[];
  /** The act was done and is worth showing, but something after it failed. */
  failure?: CliFailure;
}

export interface Call<Options> {
  positional: string[];
  options: Options & GlobalOptions;
  context: CliContext;
}

export type Work<Options> = (call: Call<Options>) => Promise<Result<Outcome, CliFailure>>;

/** A commander action that does `work` and prints what came of it. */
export function performing<Options>(context: CliContext, work: Work<Options>): (...received: unknown[]) => Promise<void> {
  return async function perform(...received) {
    const command = received.at(-1) as Command;
    const options = command.optsWithGlobals<Options & GlobalOptions>();
    // Variadic arguments arrive as one array.
    const positional = (received.slice(0, -2) as (string | string[] | undefined)[]).flatMap((given) => given ?? []);
    const result = await work({ positional, options, context });
    if (result.ok) printOutcome(result.value, options, context);
    else printFailure(result.failure, options, context);
  };
}

/** A client for the control plane with the caller's token; fails when there is no token to be found. */
export function connect(options: GlobalOptions, { surroundings }: CliContext): Result<ControlPlaneClient, CliFailure> {
  const token = findToken(options, surroundings);
  return token.ok ? succeed(controlPlaneClient(controlPlaneUrl(options, surroundings), token.value)) : token;
}

/** Asks the control plane with the positional arguments (a model, a version; absent ones are empty), and shows the answer. */
export async function asked<Answer, Options>(
  { options, positional, context }: Call<Options>,
  ask: (client: ControlPlaneClient, model: string, version: string) => Promise<Result<Answer, CliFailure>>,
  view: (answer: Answer) => string[],
): Promise<Result<Outcome, CliFailure>> {
  const client = connect(options, context);
  if (!client.ok) return client;
  const answer = await ask(client.value, positional[0] ?? "", positional[1] ?? "");
  return answer.ok ? succeed({ json: answer.value, lines: view(answer.value) }) : answer;
}

function printOutcome({ json, lines, failure }: Outcome, options: GlobalOptions, context: CliContext): void {
  if (options.json) context.terminal.print(JSON.stringify(json, null, 2));
  else for (const line of lines) context.terminal.print(line);
  if (failure) printFailure(failure, options, context);
}

/** To standard error, so that standard output holds answers only. */
export function printFailure(failure: CliFailure, { json }: GlobalOptions, { terminal, setExitCode }: CliContext): void {
  if (json) terminal.printError(JSON.stringify(failureRecord(failure)));
  else {
    const { sentence, advice } = describeFailure(failure);
    terminal.printError(`${terminal.paintError("red", "error:")} ${sentence}`);
    if (advice !== undefined) terminal.printError(`${terminal.paintError("dim", "next:")}  ${advice}`);
  }
  setExitCode(exitCodeOf(failure));
}
