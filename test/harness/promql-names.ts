/** Which metrics and labels a PromQL expression names. Reads tokens, not grammar: enough to hold names against a list, no validation. Pure. */

export interface PromqlNames {
  metrics: string[];
  /** Label names of a selector, with its metric. */
  selected: { metric: string; labels: string[] }[];
  /** Label names in by, without, on, ignoring, group_left and group_right. */
  grouped: string[];
}

const OPERATORS = new Set([
  "and",
  "or",
  "unless",
  "bool",
  "offset",
  "inf",
  "nan",
  "by",
  "without",
  "on",
  "ignoring",
  "group_left",
  "group_right",
]);
const NAME = /[a-zA-Z_:][\w:]*/;

export function namesIn(expression: string): PromqlNames {
  const grouped: string[] = [];
  const selected: PromqlNames["selected"] = [];
  const metrics = new Set<string>();
  const rest = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""')
    .replaceAll(/#.*$/gm, "")
    // Ranges, subqueries and offsets hold durations and dashboard variables only.
    .replaceAll(/\[[^\]]*\]/g, "")
    .replaceAll(/\boffset\s+\S+/g, "")
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g, (_, list: string) => {
      grouped.push(...list.split(",").flatMap((label) => label.trim() || []));
      return " ";
    })
    .replaceAll(new RegExp(String.raw`(${NAME.source})\s*\{([^}]*)\}`, "g"), (_, metric: string, matchers: string) => {
      metrics.add(metric);
      selected.push({ metric, labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label as string) });
      return " ";
    });
  // What is left: numbers, functions (a parenthesis follows), operators, and metrics without a selector.
  for (const { 0: name, index } of rest.matchAll(/(?<![\w.:])[a-zA-Z_:][\w:]*/g)) {
    const isFunction = /^\s*\(/.test(rest.slice(index + name.length));
    if (!isFunction && !OPERATORS.has(name.toLowerCase())) metrics.add(name);
  }
  return { metrics: [...metrics], selected, grouped };
}
