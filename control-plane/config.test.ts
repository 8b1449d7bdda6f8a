import { describe, expect, it } from "vitest";
import { DRIFT_RULE_DEFAULT } from "../contract/drift-rule.ts";
import { readConfig } from "./config.ts";

const LOCAL = { CLOUDFLARE_API_BASE_URL: "http://127.0.0.1:8787/cdn-cgi/explorer/api/" };

function problemsOf(variables: Record<string, string>): string[] {
  const config = readConfig(variables, false);
  return config.ok ? [] : config.failure.problems;
}

describe("readConfig", () => {
  it("has a default for all that can have one", () => {
    expect(readConfig(LOCAL, false)).toEqual({
      ok: true,
      value: {
        registry: { url: "file:.edgewise/registry.db", authToken: undefined },
        edge: { url: "http://127.0.0.1:8787", token: undefined },
        storage: {
          baseUrl: "http://127.0.0.1:8787/cdn-cgi/explorer/api",
          accountId: undefined,
          apiToken: undefined,
          kvNamespaceId: "releases",
          r2Bucket: "edgewise-models",
        },
        releasePrivateKey: undefined,
        auditPublicKeys: [],
        isWebhookLoopbackAllowed: false,
        directory: ".edgewise",
        listen: { host: "127.0.0.1", port: 8080, allowedHosts: ["localhost", "127.0.0.1", "[::1]"] },
        artifactBytesMax: 12 * 1024 * 1024,
        publishWaitMs: 10_000,
        rolloutAnalysisMs: 10_000,
        incidents: { directory: "docs/incidents", timelineHours: 6 },
        slaTargets: {
          uptimeRatio: 0.995,
          p95Seconds: 0.1,
          errorRatio: 0.01,
          rmse: 55,
          rmseByModel: new Map(),
          driftCheckHours: 24,
          coverageRatioMin: 0.95,
        },
        retraining: {
          policy: { areCommandsAllowed: false, variables: new Map(), dataDirectories: [".edgewise/data"] },
          triggerEverySeconds: 60,
        },
        drift: { schedule: { cron: "10 0 * * *", windowHours: 24 }, rule: { ...DRIFT_RULE_DEFAULT, minimumRows: 1000 } },
        log: { level: "info", format: "json" },
      },
    });
  });

  it("takes options of the drift rule, and keeps the defaults of the others", () => {
    const config = readConfig({ ...LOCAL, DRIFT_RULE: '{"psiSignificant":0.25}', DRIFT_SCHEDULE: "0 * * * *" }, false);
    expect(config.ok && config.value.drift).toEqual({
      schedule: { cron: "0 * * * *", windowHours: 24 },
      rule: { ...DRIFT_RULE_DEFAULT, minimumRows: 1000, psiSignificant: 0.25 },
    });
  });

  it("needs an account and a token for the real API, and says how to do without", () => {
    const problems = problemsOf({});
    expect(problems.map((problem) => problem.split(" ")[0])).toEqual(["CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"]);
    expect(problems[0]).toContain("CLOUDFLARE_API_BASE_URL");
    expect(problemsOf({ CLOUDFLARE_ACCOUNT_ID: "a".repeat(32), CLOUDFLARE_API_TOKEN: "t" })).toEqual([]);
  });

  it.each([
    ["LIBSQL_URL", "postgres://x"],
    ["EDGE_URL", "edge"],
    ["EDGE_TOKEN", "short"],
    ["DRIFT_SCHEDULE", "every day"],
    ["DRIFT_SCHEDULE", "* * * * *"],
    ["DRIFT_WINDOW_HOURS", "0"],
    ["DRIFT_RULE", "strict"],
    ["DRIFT_RULE", '{"psiSignificant":-1}'],
    ["DRIFT_RULE", '{"unheardOf":1}'],
    ["CLOUDFLARE_ACCOUNT_ID", "me"],
    ["CLOUDFLARE_API_BASE_URL", "ftp://x"],
    ["CLOUDFLARE_KV_NAMESPACE_ID", "a/b"],
    ["CLOUDFLARE_R2_BUCKET", "../x"],
    ["RELEASE_PRIVATE_KEY", "not base64!"],
    ["PORT", "eighty"],
    ["PORT", "70000"],
    ["ARTIFACT_BYTES_MAX", "0"],
    ["PUBLISH_WAIT_MS", "-1"],
    ["INCIDENT_TIMELINE_HOURS", "soon"],
    ["SLA_UPTIME_PERCENT", "100"],
    ["SLA_P95_MS", "0"],
    ["SLA_ERROR_PERCENT", "NaN"],
    ["SLA_RMSE", "-1"],
    ["SLA_RMSE_BY_MODEL", "pm25=,other=55"],
    ["SLA_RMSE_BY_MODEL", "PM 25=4"],
    ["SLA_COVERAGE_PERCENT", "101"],
    ["LOG_LEVEL", "loud"],
    ["LOG_FORMAT", "xml"],
  ])("names %s when it holds %j", (name, value) => {
    const problems = problemsOf({ ...LOCAL, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: `));
  });

  it("names all that is wrong at once", () => {
    expect(problemsOf({ ...LOCAL, PORT: "x", LOG_LEVEL: "y" })).toHaveLength(2);
  });

  it("shows a wrong value, but never a secret or the credentials within a URL", () => {
    expect(problemsOf({ ...LOCAL, PORT: "eighty" })[0]).toContain('"eighty"');
    expect(problemsOf({ ...LOCAL, RELEASE_PRIVATE_KEY: "hush hush" }).join()).not.toContain("hush");
    expect(problemsOf({ ...LOCAL, EDGE_TOKEN: "hush" }).join()).not.toContain("hush");
    expect(problemsOf({ ...LOCAL, LIBSQL_URL: "pg://me:hush@host?authToken=hush" }).join()).not.toContain("hush");
  });

  it("takes an empty variable for one that is not set", () => {
    expect(readConfig({ ...LOCAL, PORT: "", EDGE_TOKEN: " " }, false)).toMatchObject({
      ok: true,
      value: { listen: { port: 8080 } },
    });
  });

  it("answers any host when it listens to others than this machine, unless told which", () => {
    const listen = (more: Record<string, string>) => {
      const config = readConfig({ ...LOCAL, HOST: "0.0.0.0", ...more }, false);
      return config.ok ? config.value.listen.allowedHosts : "refused";
    };
    expect(listen({})).toBeUndefined();
    expect(listen({ ALLOWED_HOSTS: "Edgewise.example, other.example" })).toEqual(["edgewise.example", "other.example"]);
  });

  it("logs for people on a terminal and for machines elsewhere", () => {
    expect(readConfig(LOCAL, true)).toMatchObject({ value: { log: { format: "pretty" } } });
    expect(readConfig({ ...LOCAL, LOG_FORMAT: "json" }, true)).toMatchObject({ value: { log: { format: "json" } } });
  });

  it("passes on only the variables that it is told to, and none of its own secrets", () => {
    const config = readConfig({ ...LOCAL, RETRAIN_ENVIRONMENT: "AWS_REGION, ABSENT", AWS_REGION: "eu", OTHER: "x" }, false);
    expect(config.ok && config.value.retraining.policy.variables).toEqual(new Map([["AWS_REGION", "eu"]]));
    expect(problemsOf({ ...LOCAL, RETRAIN_ENVIRONMENT: "EDGE_TOKEN" })[0]).toMatch(
      /^RETRAIN_ENVIRONMENT: must not name a secret/,
    );
  });
});
