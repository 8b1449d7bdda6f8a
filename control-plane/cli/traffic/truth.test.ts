import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { seededRandom } from "./random.ts";
import { madeUp, truthSender } from "./truth.ts";

it("makes up a number around the prediction, with the error that was asked for", () => {
  const random = seededRandom(3);
  const errors = Array.from({ length: 4000 }, () => 40 - (madeUp(40, 5, random) as number));
  const rmse = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
  // Four standard errors of a standard deviation from 4,000 values.
  expect(Math.abs(rmse - 5)).toBeLessThan((4 * 5) / Math.sqrt(8000));
});

it("draws a class by its probability, wherever in the prediction they are", () => {
  const random = seededRandom(4);
  for (const prediction of [
    { yes: 0.25, no: 0.75 },
    { label: "no", probabilities: { yes: 0.25, no: 0.75 } },
  ]) {
    const drawn = Array.from({ length: 4000 }, () => madeUp(prediction, 1, random));
    const share = drawn.filter((name) => name === "yes").length / drawn.length;
    expect(Math.abs(share - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / 4000));
    expect(new Set(drawn)).toEqual(new Set(["yes", "no"]));
  }
  expect([[1, 2], "no", null, {}].map((prediction) => madeUp(prediction, 1, random))).toEqual(Array(4).fill(undefined));
});

it("sends each truth once it is due, the rest at the end, and tells the RMSE of what it sent", async () => {
  const bodies: { prediction_id: string; actual: unknown }[][] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const truths = JSON.parse(Buffer.concat(chunks).toString()) as (typeof bodies)[number];
      bodies.push(truths);
      response.end(JSON.stringify({ outcomes: { counted: truths.length } }));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const edgeUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { edgeUrl, errorDeviation: 1, random: seededRandom(5), monotonicMs: () => performance.now() };
  try {
    const later = truthSender({ ...options, delayMs: 3_600_000 });
    later.add({ prediction: 10, receipt: "a" }, 7);
    later.add({ prediction: 10, receipt: "b" }, 14);
    later.add({ prediction: "no number", receipt: "c" }, undefined);
    later.add(undefined, 3);
    later.add({ prediction: 10, receipt: "d" }, null);
    expect(later.summary()).toMatchObject({ sent: 0, waiting: 2, withoutTruth: 3 });
    await later.end();
    expect(later.summary()).toEqual({ sent: 2, waiting: 0, withoutTruth: 3, byOutcome: { counted: 2 }, rmse: Math.sqrt(25 / 2) });
    expect(bodies).toEqual([
      [
        { prediction_id: "a", actual: 7 },
        { prediction_id: "b", actual: 14 },
      ],
    ]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
