/** The whole command tree of `edgewise`. Nothing runs here. */
import { Command } from "commander";
import { parseUrl } from "./arguments.ts";
import type { CliContext } from "./command.ts";
import { addArtifactCommands } from "./commands/artifact.ts";
import { addAuditCommands } from "./commands/audit.ts";
import { addBrowseCommands } from "./commands/browse.ts";
import { addConvertCommand } from "./commands/convert.ts";
import { addDriftRunCommand } from "./commands/drift-run.ts";
import { addErrorModelCommand } from "./commands/error-model.ts";
import { addEvaluationCommands } from "./commands/evaluation.ts";
import { addGateCommands } from "./commands/gates.ts";
import { addLiveDriftCommands } from "./commands/live-drift.ts";
import { addIncidentCommands } from "./commands/incident.ts";
import { addMoveCommands } from "./commands/move.ts";
import { addPredictCommand } from "./commands/predict.ts";
import { addQualityCommand } from "./commands/quality.ts";
import { addRegisterCommand } from "./commands/register.ts";
import { addReleasePolicyCommands } from "./commands/release-policy.ts";
import { addRolloutCommands, addShadowCommands } from "./commands/rollout.ts";
import { addRetrainCommands } from "./commands/retrain.ts";
import { addSlaCommand } from "./commands/sla.ts";
import { addTokenCommands } from "./commands/token.ts";
import { addTrafficCommand } from "./commands/traffic.ts";
import { addTrainCommand } from "./commands/train.ts";
import { addWebhookCommands } from "./commands/webhook.ts";

export function buildProgram(context: CliContext, version: string): Command {
  const program = new Command("edgewise")
    .description("Register, promote, watch and call ONNX models served at the edge.")
    // Not --version: that is predict's.
    .version(version, "-V", "print the version of Edgewise")
    .option("--url <url>", "the control plane (default: EDGEWISE_URL, or http://127.0.0.1:8080)", parseUrl)
    .option("--edge-url <url>", "the edge (default: EDGE_URL, or http://127.0.0.1:8787)", parseUrl)
    .option("--token <token>", "API token (default: EDGEWISE_TOKEN, or .edgewise/admin-token)")
    .option("--json", "print JSON")
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true });
  addRegisterCommand(program, context);
  addBrowseCommands(program, context);
  addMoveCommands(program, context);
  addRolloutCommands(program, context);
  addShadowCommands(program, context);
  addReleasePolicyCommands(program, context);
  addGateCommands(program, context);
  addEvaluationCommands(program, context);
  addArtifactCommands(program, context);
  addConvertCommand(program, context);
  addIncidentCommands(program, context);
  addQualityCommand(program, context);
  addErrorModelCommand(program, context);
  addSlaCommand(program, context);
  const drift = program.command("drift").description("compare what a model was trained on with what it meets");
  addDriftRunCommand(drift, context);
  addLiveDriftCommands(drift, context);
  addRetrainCommands(program, context);
  addTokenCommands(program, context);
  addAuditCommands(program, context);
  addWebhookCommands(program, context);
  addPredictCommand(program, context);
  addTrafficCommand(program, context);
  addTrainCommand(program, context);
  return program;
}
