/** `edgewise token create|list|revoke`: who may call the control plane. */
import { Option, type Command } from "commander";
import { succeed } from "../../../contract/result.ts";
import { ROLES, type Role } from "../../api/schemas.ts";
import { parseDurationMs } from "../arguments.ts";
import { connect, performing, type CliContext } from "../command.ts";
import { formatTime } from "../format.ts";
import { tokensView } from "../views.ts";

export function addTokenCommands(program: Command, context: CliContext): void {
  const { paint } = context.terminal;
  const token = program.command("token").description("create, list and revoke API tokens (admin)");

  token
    .command("create")
    .description("create a token; it is shown this once")
    .requiredOption("--name <text>", "who or what it is for")
    .addOption(new Option("--role <role>", "what it may do").choices(ROLES).makeOptionMandatory())
    .option("--expires-in <duration>", "e.g. 720h (default: never)", parseDurationMs)
    .action(
      performing<{ name: string; role: Role; expiresIn?: number }>(context, async ({ options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const { name, role, expiresIn } = options;
        const expiry = expiresIn === undefined ? {} : { expiresAt: new Date(Date.now() + expiresIn).toISOString() };
        const answer = await client.value.createToken({ name, role, ...expiry });
        if (!answer.ok) return answer;
        const { value } = answer;
        const until = value.expiresAt === null ? "never expires" : `expires ${formatTime(value.expiresAt)}`;
        return succeed({
          json: value,
          lines: [value.token, paint("dim", `${value.role} "${value.name}", id ${value.id}, ${until}; shown this once only`)],
        });
      }),
    );

  token
    .command("list")
    .description("list the tokens, without their secrets")
    .action(
      performing(context, async ({ options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.tokens();
        if (!answer.ok) return answer;
        return succeed({ json: answer.value, lines: tokensView(answer.value.tokens, Date.now(), paint) });
      }),
    );

  token
    .command("revoke")
    .description("revoke a token at once")
    .argument("<id>", "id of the token, from `edgewise token list`")
    .action(
      performing(context, async ({ positional: [id = ""], options }) => {
        const client = connect(options, context);
        if (!client.ok) return client;
        const answer = await client.value.revokeToken(id);
        if (!answer.ok) return answer;
        return succeed({ json: answer.value, lines: [`revoked ${answer.value.id} "${answer.value.name}"`] });
      }),
    );
}
