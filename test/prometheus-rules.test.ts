/** The Prometheus and Alertmanager files: valid, tested rule by rule, each number of each alert held by a test, each alert in the runbook. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { EDGE_ANSWER_MS_MAX } from "../control-plane/metrics/edge-scrape.ts";
import { HAS_AMTOOL, HAS_PROMTOOL, runTool, WITHOUT_TOOLS } from "./harness/prometheus-tools.ts";
import { mutationsOf, type AlertRule } from "./harness/rule-mutations.ts";

const REPOSITORY = join(import.meta.dirname, "..");
const PROMETHEUS = join(REPOSITORY, "ops/prometheus");
const TESTS = join(PROMETHEUS, "tests");
const testFiles = readdirSync(TESTS);
const runbook = readFileSync(join(REPOSITORY, "docs/runbook.md"), "utf8");

interface RuleGroup<Rule> {
  name: string;
  rules: Rule[];
}
interface RuleFile {
  groups: RuleGroup<AlertRule>[];
}
interface RecordingRule {
  record: string;
  expr: string;
}
interface TestFile {
  tests: { alert_rule_test?: { alertname: string; exp_alerts: unknown[] }[] }[];
}
const ruleFile = parse(readFileSync(join(PROMETHEUS, "alert_rules.yml"), "utf8")) as RuleFile;
const recordings = (
  parse(readFileSync(join(PROMETHEUS, "recording_rules.yml"), "utf8")) as { groups: RuleGroup<RecordingRule>[] }
).groups;
const rules = ruleFile.groups.flatMap(({ rules: ofGroup }) => ofGroup);
const alertNames = [...new Set(rules.map(({ alert }) => alert))];
const testFileOf = (alert: string): string => `${alert.replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase()}.yml`;

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, "")
    .replaceAll(" ", "-");

describe.skipIf(!HAS_PROMTOOL)(`Prometheus's files (${WITHOUT_TOOLS})`, () => {
  it("pass promtool's checks", async () => {
    const config = await runTool("promtool", ["check", "config", join(PROMETHEUS, "prometheus.yml")]);
    expect(config.output).not.toMatch(/FAILED|WARNING|ERROR/i);
    expect(config.exitCode).toBe(0);
    const files = ["alert_rules.yml", "recording_rules.yml"].map((name) => join(PROMETHEUS, name));
    const checked = await runTool("promtool", ["check", "rules", "--lint-fatal", ...files]);
    expect(checked, checked.output).toMatchObject({ exitCode: 0 });
  });

  it.each(testFiles)("pass the rule tests of %s", async (file) => {
    const tested = await runTool("promtool", ["test", "rules", join(TESTS, file)]);
    expect(tested, tested.output).toMatchObject({ exitCode: 0 });
  });

  it.each(alertNames)("hold every number of %s by a test: changed in a copy, the tests fail", async (alert) => {
    const mutations = rules.flatMap((rule) =>
      rule.alert === alert ? mutationsOf(rule).map((mutation) => ({ ...mutation, of: rule })) : [],
    );
    expect(mutations.length).toBeGreaterThan(0);
    // The copy itself is sound: what fails below fails because of the change.
    const ofAlert = { groups: withRules(ruleFile.groups, (rule) => rule.alert === alert) };
    expect(await testAgainst(ofAlert, testFileOf(alert))).toMatchObject({ exitCode: 0 });
    const outcomes = await Promise.all(
      mutations.map(async ({ change, rule, of }) => {
        const groups = ofAlert.groups.map((group) => ({ ...group, rules: group.rules.map((one) => (one === of ? rule : one)) }));
        return { change, ...(await testAgainst({ groups }, testFileOf(alert))) };
      }),
    );
    // A copy that does not parse would fail too, and prove nothing.
    const unnoticed = outcomes.filter(({ exitCode, output }) => exitCode === 0 || !output.includes("exp:"));
    expect(unnoticed).toEqual([]);
  });
});

describe.skipIf(!HAS_AMTOOL)(`Alertmanager's file (${WITHOUT_TOOLS})`, () => {
  const file = join(REPOSITORY, "ops/alertmanager/alertmanager.yml");

  it("passes amtool's check", async () => {
    const checked = await runTool("amtool", ["check-config", file]);
    expect(checked, checked.output).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ["critical", "incidents,operators-urgent"],
    ["warning", "incidents,operators"],
    ["unheard-of", "incidents,operators"],
  ])("sends severity %s to %s", async (severity, receivers) => {
    const routed = await runTool("amtool", ["config", "routes", "test", `--config.file=${file}`, `severity=${severity}`]);
    expect(routed.output).toContain(`${receivers}\n`);
  });
});

it("the links to the runbook begin with an address that prometheus.yml has, and no alert is sent with it as a label", () => {
  const { global, alerting } = parse(readFileSync(join(PROMETHEUS, "prometheus.yml"), "utf8")) as {
    global: { external_labels: { runbook: string } };
    alerting: { alert_relabel_configs: unknown[] };
  };
  expect(new URL(global.external_labels.runbook).pathname).toMatch(/\/docs\/runbook\.md$/);
  expect(alerting.alert_relabel_configs).toContainEqual({ action: "labeldrop", regex: "runbook" });
});

it("Prometheus waits longer for /metrics than /metrics waits for the edge, and that longer than the edge for a shard", () => {
  const { global } = parse(readFileSync(join(PROMETHEUS, "prometheus.yml"), "utf8")) as { global: { scrape_timeout: string } };
  const shardMs = /SHARD_ANSWER_MS = ([\d_]+);/.exec(readFileSync(join(REPOSITORY, "edge/metrics/read-shards.ts"), "utf8"))?.[1];
  expect(Number.parseInt(global.scrape_timeout, 10) * 1000 - EDGE_ANSWER_MS_MAX).toBeGreaterThanOrEqual(500);
  expect(EDGE_ANSWER_MS_MAX - Number(shardMs?.replace("_", ""))).toBeGreaterThanOrEqual(500);
});

describe("every alert", () => {
  it.each(rules)(
    "$alert has severity, service, concern, summary, description with the value, and a section in the runbook",
    (rule) => {
      expect(rule.labels["severity"]).toMatch(/^(critical|warning)$/);
      expect(rule.labels["service"]).toBeTruthy();
      expect(rule.labels["concern"]).toMatch(/^(availability|errors|latency|release|publication|metrics|drift|retraining)$/);
      expect(rule.annotations["summary"]).toBeTruthy();
      expect(rule.annotations["description"]).toContain("$value");
      expect(rule.annotations["runbook_url"]).toBe(`{{ $externalLabels.runbook }}#${anchorOf(rule.alert)}`);
      expect([...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading as string))).toContain(
        anchorOf(rule.alert),
      );
    },
  );

  it.each(alertNames)("%s has a test file with a case where it fires and one where it is quiet", (alert) => {
    expect(testFiles).toContain(testFileOf(alert));
    const { tests } = parse(readFileSync(join(TESTS, testFileOf(alert)), "utf8")) as TestFile;
    const cases = tests.flatMap((test) => test.alert_rule_test ?? []);
    expect(cases.every(({ alertname }) => alertname === alert)).toBe(true);
    expect(cases.some(({ exp_alerts }) => exp_alerts.length > 0)).toBe(true);
    expect(cases.some(({ exp_alerts }) => exp_alerts.length === 0)).toBe(true);
  });
});

const withRules = <Rule>(groups: RuleGroup<Rule>[], wanted: (rule: Rule) => boolean): RuleGroup<Rule>[] =>
  groups.map((group) => ({ ...group, rules: group.rules.filter(wanted) })).filter((group) => group.rules.length > 0);

/** The recording rules that these expressions read, themselves and through one another: promtool evaluates every rule it is given at every step. */
function recordingsReadBy(expressions: readonly string[]): RuleGroup<RecordingRule>[] {
  const read = new Set<string>();
  const all = recordings.flatMap((group) => group.rules);
  for (let pending = [...expressions]; pending.length > 0;) {
    const found = all.filter(({ record }) => !read.has(record) && pending.some((expression) => expression.includes(record)));
    for (const { record } of found) read.add(record);
    pending = found.map(({ expr }) => expr);
  }
  return withRules(recordings, ({ record }) => read.has(record));
}

/** Runs one test file against other alert rules and the recording rules that they read, in a temporary copy. */
async function testAgainst({ groups }: RuleFile, file: string): ReturnType<typeof runTool> {
  const copy = mkdtempSync(join(tmpdir(), "edgewise-rules-"));
  try {
    cpSync(TESTS, join(copy, "tests"), { recursive: true });
    writeFileSync(join(copy, "alert_rules.yml"), stringify({ groups }));
    const read = recordingsReadBy(groups.flatMap((group) => group.rules.map(({ expr }) => expr)));
    writeFileSync(join(copy, "recording_rules.yml"), stringify({ groups: read }));
    return await runTool("promtool", ["test", "rules", join(copy, "tests", file)]);
  } finally {
    rmSync(copy, { recursive: true });
  }
}
