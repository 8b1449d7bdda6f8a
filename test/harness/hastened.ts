/**
 * Prometheus's and Alertmanager's files with shorter waits, for tests that cannot wait as long as operators do. Rewrites durations in the text and
 * nothing else: thresholds, expressions, labels and routes stay what the repository ships. A factor of 1 changes no text.
 *
 *   rules         ranges `[1m]`, `offset 5m`, `for: 1m`, a group's `interval: 1m`: each divided by the factor, no less than 1 s
 *   prometheus    scrape and evaluation every 5 s: divided, no less than 1 s (the control plane looks at the edge once a second at most)
 *   alertmanager  group_wait, group_interval, repeat_interval: divided
 *
 * Names such as `edgewise:error_ratio:rate1m` keep theirs. Pure.
 */

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function hastenedRules(yaml: string, factor: number): string {
  return yaml
    .replaceAll(/\[(\d+)(s|m|h|d)\]/g, (_, count: string, unit: string) => `[${shorter(count, unit, factor)}]`)
    .replaceAll(/\boffset (\d+)(s|m|h|d)\b/g, (_, count: string, unit: string) => `offset ${shorter(count, unit, factor)}`)
    .replaceAll(/^(\s+(?:for|interval): )(\d+)(s|m|h|d)$/gm, (_, key: string, count: string, unit: string) => {
      return key + shorter(count, unit, factor);
    });
}

export function hastenedPrometheus(yaml: string, factor: number): string {
  return yaml.replaceAll(
    /^(\s+(?:scrape|evaluation)_interval: )(\d+)(s|m)$/gm,
    (_, key: string, count: string, unit: string) => key + shorter(count, unit, factor),
  );
}

export function hastenedAlertmanager(yaml: string, factor: number): string {
  if (factor === 1) return yaml;
  return yaml.replaceAll(
    /^(\s+(?:group_wait|group_interval|repeat_interval): )(\d+)(s|m|h)$/gm,
    (_, key: string, count: string, unit: string) =>
      `${key}${Math.round((Number(count) * (UNIT_MS[unit] as number)) / factor)}ms`,
  );
}

function shorter(count: string, unit: string, factor: number): string {
  if (factor === 1) return count + unit;
  const ms = Math.round((Number(count) * (UNIT_MS[unit] as number)) / factor);
  return `${Math.max(1, Math.round(ms / 1000))}s`;
}
