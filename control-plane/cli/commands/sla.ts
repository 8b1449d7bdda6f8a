/** `edgewise sla`: what is promised, what was kept, and how much of the error budget is left. */
import type { Command } from "commander";
import { succeed } from "../../../contract/result.ts";
import { SPAN_DEFAULT } from "../../api/sla-schemas.ts";
import { parseModel, parseSpan } from "../arguments.ts";
import { connect, performing, type CliContext } from "../command.ts";
import { slaView } from "../sla-view.ts";

export function addSlaCommand(program: Command, context: CliContext): void {
  program
    .command("sla")
    .description("targets, current values, compliance and error budget left over a span")
    .option("--span <span>", "e.g. 1h, 7d", parseSpan, SPAN_DEFAULT)
    .option("--model <model>", "only this model's rows besides the service's", parseModel)
    .action(
      performing<{ span: string; model?: string }>(context, async ({ options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.sla({ span: options.span, model: options.model });
        return answer.ok ? succeed({ json: answer.value, lines: slaView(answer.value, context.terminal.paint) }) : answer;
      }),
    );
}
