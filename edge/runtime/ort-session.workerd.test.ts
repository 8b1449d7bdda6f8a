import { expect, it } from "vitest";
import { exampleAnswer, exampleRows, artifacts } from "../release/release.fixture.ts";
import { OrtError } from "./ort-api.ts";
import { OrtSession } from "./ort-session.ts";
import { ortMemoryBytes } from "./ort.ts";

it("gives back what a run takes: the WASM memory is flat over 20,000 runs, refused ones among them", async () => {
  const session = await OrtSession.open(artifacts.v1);
  const exact = (await exampleAnswer("v1")).data;
  const wrongWidth = { ...exampleRows, shape: [12, 16] };
  const run = (): void => {
    expect(session.run([exampleRows], ["pm25"])[0]?.data).toEqual(exact);
  };
  run();
  expect(() => session.run([wrongWidth], ["pm25"])).toThrow(OrtError);
  const bytes = ortMemoryBytes();
  for (let turn = 0; turn < 20_000; turn++) {
    if (turn % 10 === 0) expect(() => session.run([wrongWidth], ["pm25"])).toThrow(OrtError);
    else run();
  }
  expect(ortMemoryBytes()).toBe(bytes);
  session.release();
});

it("refuses a tensor that the model does not have, and bytes that are no model", async () => {
  const session = await OrtSession.open(artifacts.v1);
  expect(() => session.run([{ ...exampleRows, name: "others" }], ["pm25"])).toThrow('no tensor "others"');
  expect(() => session.run([exampleRows], ["pm10"])).toThrow('no tensor "pm10"');
  expect(session.run([exampleRows], ["pm25"])[0]?.shape).toEqual([16, 1]);
  session.release();
  await expect(OrtSession.open(new Uint8Array(1000).fill(7))).rejects.toThrow(OrtError);
});
