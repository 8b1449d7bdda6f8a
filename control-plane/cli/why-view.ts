/** Why a version exists, as one chain from trigger to release. Pure: answer in, lines out. */
import type { WhyAnswer } from "../api/why-schema.ts";
import { formatRecord, formatTime } from "./format.ts";
import { runFields } from "./retrain-views.ts";
import { fieldLines } from "./table.ts";
import type { Paint } from "./views.ts";

export function whyView({ version, run, signOffs, gateRuns, moves }: WhyAnswer, paint: Paint): string[] {
  const heading = (text: string): string => paint("bold", text);
  const fields = (given: readonly (readonly [string, string])[]): string[] =>
    fieldLines(given, (text) => paint("dim", text)).map((line) => `  ${line}`);
  const { model, version: name, stage, createdAt, createdBy, artifact, metrics, description } = version;
  return [
    heading(`${model} ${name} is in ${stage}`),
    "",
    heading(run ? "It was retrained" : "A person registered it"),
    ...(run
      ? fields(runFields(run, paint))
      : fields([
          ["by", `${createdBy.name} at ${formatTime(createdAt)}`],
          ["description", description || "-"],
        ])),
    "",
    heading("Registered"),
    ...fields([
      ["at", `${formatTime(createdAt)} by ${createdBy.name}`],
      ["artifact", `sha256 ${artifact.sha256}`],
      ["metrics", formatRecord(metrics)],
    ]),
    "",
    heading("Signed off"),
    ...listed(signOffs, ({ at, by, note }) => `${formatTime(at)}  by ${by}: ${note}`),
    "",
    heading("Gates"),
    ...listed(gateRuns, ({ at, act, outcome, verdicts }) =>
      [
        `${formatTime(at)}  ${act}: ${outcome}`,
        ...verdicts.map(({ gate, outcome: found, sentence }) => `    ${gate} ${found}: ${sentence}`),
      ].join("\n  "),
    ),
    "",
    heading("Stages and releases"),
    ...listed(
      moves,
      ({ at, from, to, act, reason, by, generation }) =>
        `${formatTime(at)}  ${act} ${from === null ? "" : `${from} → `}${to}${generation === null ? "" : `, generation ${generation}`}: ${reason} (${by})`,
    ),
  ];
}

const listed = <Item>(items: readonly Item[], line: (item: Item) => string): string[] =>
  items.length === 0 ? ["  none"] : items.flatMap((item) => `  ${line(item)}`.split("\n"));
