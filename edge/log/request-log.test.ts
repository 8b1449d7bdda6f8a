import { expect, it } from "vitest";
import { RequestLog, type LogLevel, type RequestLine } from "./request-log.ts";

const line: RequestLine = {
  method: "POST",
  path: "/predict",
  status: 200,
  duration_ms: 3,
  request_id: "r",
  colo: "FRA",
  model: "m",
  version: "v1",
  generation: 7,
};

function logged(level: LogLevel, sampleRate: number, statuses: number[], random: () => number = () => 0.5): [string, number][] {
  const lines: [string, number][] = [];
  const log = new RequestLog({
    level,
    sampleRate,
    random,
    write: (at, text) => lines.push([at, (JSON.parse(text) as RequestLine).status]),
  });
  for (const status of statuses) log.write({ ...line, status });
  return lines;
}

it("writes one JSON line with what an operator looks for and nothing else", () => {
  const lines: string[] = [];
  new RequestLog({ level: "info", sampleRate: 1, random: () => 0.99, write: (_, text) => lines.push(text) }).write(line);
  expect(lines.map((text) => JSON.parse(text))).toEqual([{ level: "info", event: "request", ...line }]);
});

it.each<[LogLevel, number, [string, number][]]>([
  [
    "info",
    1,
    [
      ["info", 200],
      ["warn", 404],
      ["error", 503],
    ],
  ],
  [
    "info",
    0,
    [
      ["warn", 404],
      ["error", 503],
    ],
  ],
  [
    "info",
    0.4,
    [
      ["warn", 404],
      ["error", 503],
    ],
  ],
  [
    "info",
    0.6,
    [
      ["info", 200],
      ["warn", 404],
      ["error", 503],
    ],
  ],
  [
    "warn",
    1,
    [
      ["warn", 404],
      ["error", 503],
    ],
  ],
  ["error", 1, [["error", 503]]],
  ["silent", 1, []],
])("at level %s and sample rate %d: errors always, the rest as often as asked", (level, sampleRate, expected) => {
  expect(logged(level, sampleRate, [200, 404, 503])).toEqual(expected);
});

it("samples as often as it says", () => {
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const share =
    logged(
      "info",
      0.1,
      Array.from({ length: 20_000 }, () => 200),
      random,
    ).length / 20_000;
  expect(share).toBeGreaterThan(0.09);
  expect(share).toBeLessThan(0.11);
});
