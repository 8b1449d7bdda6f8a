/** `edgewise gates [show|run|policy|replay]` and `edgewise sign-off`: what stands between a version and production. */
import type { Command } from "commander";
import { fail, succeed } from "../../../contract/result.ts";
import { parseModel, parseVersion } from "../arguments.ts";
import { asked, connect, performing, type CliContext } from "../command.ts";
import { readJsonFile } from "../../json-file.ts";
import { gatesView, policyView, replayView } from "../gate-views.ts";

export function addGateCommands(program: Command, context: CliContext): void {
  const { paint } = context.terminal;
  const gates = program.command("gates").description("what a version must pass before production");

  gates
    .command("show", { isDefault: true })
    .description("how a version stands with each gate, and whether it may be promoted")
    .argument("<model>", "name of the model", parseModel)
    .argument("<version>", "e.g. v2", parseVersion)
    .action(
      performing(context, (call) =>
        asked(
          call,
          (client, model, version) => client.gates(model, version),
          (answer) => gatesView(answer, paint),
        ),
      ),
    );

  gates
    .command("run")
    .description("collect the evidence that the policy asks for: score, drive at the edge, judge")
    .argument("<model>", "name of the model", parseModel)
    .argument("<version>", "e.g. v2", parseVersion)
    .action(
      performing(context, (call) =>
        asked(
          call,
          (client, model, version) => client.runGates(model, version),
          (answer) => gatesView(answer, paint),
        ),
      ),
    );

  gates
    .command("policy")
    .description("show a model's gate policy and its history, or set another")
    .argument("<model>", "name of the model", parseModel)
    .option("--set <file>", "JSON with the new policy")
    .option("--reason <text>", "why, for the history; needed with --set")
    .action(
      performing<{ set?: string; reason?: string }>(context, async ({ positional: [model = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        if (options.set === undefined) {
          const answer = await client.value.gatePolicy(model);
          return answer.ok ? succeed({ json: answer.value, lines: policyView(answer.value, paint) }) : answer;
        }
        if (options.reason === undefined)
          return fail({ reason: "usage", detail: "--set needs --reason: it goes into the history" });
        const policy = await readJsonFile(options.set);
        if (!policy.ok) return policy;
        const answer = await client.value.setGatePolicy(model, { policy: policy.value, reason: options.reason });
        return answer.ok ? succeed({ json: answer.value, lines: policyView(answer.value, paint) }) : answer;
      }),
    );

  gates
    .command("replay")
    .description("which past promotions another policy would have stopped; changes nothing")
    .argument("<model>", "name of the model", parseModel)
    .requiredOption("--policy <file>", "JSON with the other policy")
    .action(
      performing<{ policy: string }>(context, async ({ positional: [model = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const policy = await readJsonFile(options.policy);
        if (!policy.ok) return policy;
        const answer = await client.value.replayGates(model, policy.value);
        return answer.ok ? succeed({ json: answer.value, lines: replayView(answer.value, paint) }) : answer;
      }),
    );

  program
    .command("sign-off")
    .description("approve a version on the evidence that `edgewise gates` shows (approver; not who registered it)")
    .argument("<model>", "name of the model", parseModel)
    .argument("<version>", "e.g. v2", parseVersion)
    .option("--note <text>", "for the record", "")
    .option("--evidence <digest>", "only if the evidence still begins with this digest, as `edgewise gates` showed it")
    .action(
      performing<{ note: string; evidence?: string }>(context, async ({ positional: [model = "", version = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const seen = await client.value.gates(model, version);
        if (!seen.ok) return seen;
        const { evidenceSha256 } = seen.value;
        if (options.evidence !== undefined && !evidenceSha256.startsWith(options.evidence)) {
          return fail({
            reason: "usage",
            detail: `the evidence is ${evidenceSha256.slice(0, 12)} now, not ${options.evidence}: look at the gates again`,
          });
        }
        const answer = await client.value.signOff(model, version, { evidenceSha256, note: options.note });
        return answer.ok ? succeed({ json: answer.value, lines: gatesView(answer.value, paint) }) : answer;
      }),
    );
}
