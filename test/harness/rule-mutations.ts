/** Alert rules with one number changed: what a test of the rules must notice. Pure. */

export interface AlertRule {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface RuleMutation {
  /** What was changed into what. */
  change: string;
  rule: AlertRule;
}

/** Every number after a comparison, and the waiting time, each once larger and once smaller. */
export function mutationsOf(rule: AlertRule): RuleMutation[] {
  const ofExpression = [...rule.expr.matchAll(/(>=|<=|>|<|==)\s+(\d+(?:\.\d+)?)/g)].flatMap((match) => {
    const [whole, operator, number] = match as unknown as [string, string, string];
    return otherNumbers(operator, Number(number)).map((other) => {
      const changed = `${operator} ${other}`;
      const expr = rule.expr.slice(0, match.index) + changed + rule.expr.slice(match.index + whole.length);
      return { change: `${whole} at ${match.index} → ${changed}`, rule: { ...rule, expr } };
    });
  });
  return [...ofExpression, ...ofWaiting(rule)];
}

function otherNumbers(operator: string, number: number): number[] {
  if (operator === "==") return [1 - number];
  return number === 0 ? [2, -1] : [number * 1.5, number / 1.5];
}

function ofWaiting(rule: AlertRule): RuleMutation[] {
  if (rule.for === undefined) return [];
  const [, amount = "", unit = ""] = /^(\d+)(s|m|h|d)$/.exec(rule.for) ?? [];
  const seconds = Number(amount) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? Number.NaN);
  return [seconds * 2, seconds / 2].map((other) => ({
    change: `for ${rule.for} → ${other}s`,
    rule: { ...rule, for: `${other}s` },
  }));
}
