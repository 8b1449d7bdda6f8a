/**
 * What the server lets a retraining configuration do, whoever wrote it: run commands at all, pass on which of its variables, read files where.
 * Decided by the server's own environment (config.ts), checked when a configuration is set and again when a run begins. Pure.
 */
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { RetrainConfig } from "../api/retrain-config-schema.ts";

export interface ServerPolicy {
  /** RETRAIN_COMMANDS=allow. */
  areCommandsAllowed: boolean;
  /** RETRAIN_ENVIRONMENT: the variables that a configuration may ask for, with their values. */
  variables: ReadonlyMap<string, string>;
  /** RETRAIN_DATA_DIRECTORIES: files elsewhere are not read. */
  dataDirectories: readonly string[];
}

export type RetrainConfigRefusal =
  { reason: "commands_not_allowed"; where: string[] } | { reason: "variables_not_allowed"; names: string[]; allowed: string[] };

/** The commands that a configuration names, by where. */
export function commandsOf({
  source,
  preprocess,
  trainer,
}: RetrainConfig): { where: string; command: string[]; environment: string[] }[] {
  return [
    ...(source.kind === "command" ? [{ where: "source", ...source }] : []),
    ...(Array.isArray(preprocess) ? [] : [{ where: "preprocess", ...preprocess }]),
    ...(trainer.kind === "command" ? [{ where: "trainer", ...trainer }] : []),
  ];
}

export function checkPolicy(config: RetrainConfig, policy: ServerPolicy): Result<void, RetrainConfigRefusal> {
  const commands = commandsOf(config);
  if (commands.length > 0 && !policy.areCommandsAllowed)
    return fail({ reason: "commands_not_allowed", where: commands.map(({ where }) => where) });
  const names = [...new Set(commands.flatMap(({ environment }) => environment))].filter((name) => !policy.variables.has(name));
  if (names.length > 0) return fail({ reason: "variables_not_allowed", names, allowed: [...policy.variables.keys()] });
  return succeed(undefined);
}
