/** Shortening the waits of the shipped files changes the waits and nothing else. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hastenedAlertmanager, hastenedPrometheus, hastenedRules } from "./harness/hastened.ts";

const OPS = join(import.meta.dirname, "../ops");
const read = (path: string): string => readFileSync(join(OPS, path), "utf8");
const DURATION = /\b\d+(?:ms|s|m|h|d)\b/g;

it.each([
  ["prometheus/alert_rules.yml", hastenedRules],
  ["prometheus/recording_rules.yml", hastenedRules],
  ["prometheus/prometheus.yml", hastenedPrometheus],
  ["alertmanager/alertmanager.yml", hastenedAlertmanager],
])("%s differs in durations only, and not at all by a factor of 1", (path, hasten) => {
  const shipped = read(path);
  const durationsOf = (text: string): string[] => text.match(DURATION) ?? [];
  expect(hasten(shipped, 10).replaceAll(DURATION, "…")).toBe(shipped.replaceAll(DURATION, "…"));
  const [before, after] = [durationsOf(shipped), durationsOf(hasten(shipped, 10))];
  expect(after.filter((duration, at) => duration !== before[at]).length).toBeGreaterThan(1);
  expect(hasten(shipped, 1)).toBe(shipped);
});

it("shortens every range and wait of a rule, and neither its name nor its threshold", () => {
  const rule = `
      - record: edgewise:x:rate1m
        expr: rate(x[1m]) offset 5m > 0.05
        for: 2m
`;
  expect(hastenedRules(rule, 10)).toBe(`
      - record: edgewise:x:rate1m
        expr: rate(x[6s]) offset 30s > 0.05
        for: 12s
`);
});
