import { describe, expect, it } from "vitest";
import type { MetricFamily } from "./metric-family.ts";
import { formatFor, renderExposition } from "./exposition.ts";

const requests: MetricFamily = {
  name: "api_requests_total",
  type: "counter",
  help: 'Requests.\nSecond "line" \\ end',
  createdAtMs: 1_700_000_000_123,
  series: [
    ['api_requests_total{endpoint="a"}', 3],
    ['api_requests_total{endpoint="b"}', 0],
  ],
};
const latency: MetricFamily = {
  name: "request_latency_seconds",
  type: "histogram",
  help: "Latency.",
  createdAtMs: 1_700_000_000_000,
  series: [
    ['request_latency_seconds_bucket{le="0.1"}', 1],
    ['request_latency_seconds_bucket{le="+Inf"}', 2],
    ["request_latency_seconds_sum", 0.25],
    ["request_latency_seconds_count", 2],
  ],
};

it("renders Prometheus text 0.0.4", () => {
  expect(renderExposition([requests, latency], "prometheus").text)
    .toBe(`# HELP api_requests_total Requests.\\nSecond "line" \\\\ end
# TYPE api_requests_total counter
api_requests_total{endpoint="a"} 3
api_requests_total{endpoint="b"} 0
# HELP request_latency_seconds Latency.
# TYPE request_latency_seconds histogram
request_latency_seconds_bucket{le="0.1"} 1
request_latency_seconds_bucket{le="+Inf"} 2
request_latency_seconds_sum 0.25
request_latency_seconds_count 2
`);
});

it("renders OpenMetrics: a counter's name without _total, _created per labels, # EOF", () => {
  expect(renderExposition([requests, latency], "openmetrics").text)
    .toBe(`# HELP api_requests Requests.\\nSecond \\"line\\" \\\\ end
# TYPE api_requests counter
api_requests_total{endpoint="a"} 3
api_requests_created{endpoint="a"} 1700000000.123
api_requests_total{endpoint="b"} 0
api_requests_created{endpoint="b"} 1700000000.123
# HELP request_latency_seconds Latency.
# TYPE request_latency_seconds histogram
request_latency_seconds_bucket{le="0.1"} 1
request_latency_seconds_bucket{le="+Inf"} 2
request_latency_seconds_sum 0.25
request_latency_seconds_count 2
request_latency_seconds_created 1700000000.000
# EOF
`);
});

it("leaves out a counter that is NaN, infinite or negative and a gauge that is NaN, and names them; the others stand", () => {
  const broken: MetricFamily = {
    ...requests,
    series: [
      ['api_requests_total{endpoint="nan"}', NaN],
      ['api_requests_total{endpoint="infinite"}', Infinity],
      ['api_requests_total{endpoint="negative"}', -1],
      ['api_requests_total{endpoint="good"}', 1],
    ],
  };
  const gauge: MetricFamily = {
    name: "g",
    type: "gauge",
    help: "G.",
    series: [
      ['g{a="1"}', NaN],
      ['g{a="2"}', -Infinity],
    ],
  };
  const { text, refused } = renderExposition([broken, gauge], "prometheus");
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([
    'api_requests_total{endpoint="good"} 1',
    'g{a="2"} -Inf',
  ]);
  expect(refused).toHaveLength(4);
});

describe("formatFor", () => {
  it.each([
    [undefined, "prometheus"],
    ["*/*", "prometheus"],
    ["text/plain", "prometheus"],
    ["application/openmetrics-text", "openmetrics"],
    [
      "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      "openmetrics",
    ],
    ["text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5", "prometheus"],
    ["application/openmetrics-text;version=2.0.0", "prometheus"],
    ["application/openmetrics-text;q=nonsense", "prometheus"],
  ])("%s → %s", (accept, format) => {
    expect(formatFor(accept)).toBe(format);
  });
});
