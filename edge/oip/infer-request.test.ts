import { describe, expect, it } from "vitest";
import type { Manifest } from "../../contract/manifest.ts";
import { decodeInferRequest, decodeRawRequest } from "./infer-request.ts";
import { encodeInferResponse } from "./infer-response.ts";

const manifest = {
  inputs: [
    { name: "x", datatype: "FP32", shape: [-1, 2], missing: "nan" },
    { name: "id", datatype: "INT64", shape: [-1], missing: "refused" },
    { name: "text", datatype: "BYTES", shape: [-1], missing: "refused" },
  ],
  outputs: [
    { name: "y", datatype: "FP32", shape: [-1] },
    { name: "label", datatype: "INT64", shape: [-1] },
  ],
} as unknown as Manifest;
const single = { ...manifest, inputs: manifest.inputs.slice(0, 1) };

const x = { name: "x", datatype: "FP32", shape: [2, 2], data: [1, 2, null, 4] };
const id = { name: "id", datatype: "INT64", shape: [2], data: [9007199254740993n, -1] };
const text = { name: "text", datatype: "BYTES", shape: [2], data: ["a", "bä"] };
const none = new Uint8Array();

const failure = (json: unknown, tail = none, of = manifest) => {
  const decoded = decodeInferRequest(json, tail, of);
  return decoded.ok ? "ok" : decoded.failure;
};

describe("a JSON infer request", () => {
  it("takes data flat or nested, inputs in any order", () => {
    for (const data of [
      x.data,
      [
        [1, 2],
        [null, 4],
      ],
    ]) {
      const decoded = decodeInferRequest({ id: "r1", inputs: [text, { ...x, data }, id] }, none, manifest);
      expect(decoded).toMatchObject({ ok: true, value: { id: "r1" } });
      const tensors = decoded.ok ? decoded.value.inputs : [];
      expect(tensors.find(({ name }) => name === "x")?.data).toEqual(new Float32Array([1, 2, NaN, 4]));
      expect(tensors.find(({ name }) => name === "id")?.data).toEqual(new BigInt64Array([9007199254740993n, -1n]));
    }
  });

  it("ignores members that the protocol does not define", () => {
    expect(failure({ model_name: "m", parameters: { priority: 1 }, inputs: [x, id, text] })).toBe("ok");
  });

  it.each([
    ["no object", [1], /a JSON object/],
    ["no inputs", {}, /"inputs" takes an array/],
    ["an id that is no text", { id: 7, inputs: [x, id, text] }, /"id" takes a text/],
    ["an absent input", { inputs: [x, id] }, /absent/],
    ["an unknown input", { inputs: [x, id, text, { ...x, name: "z" }] }, /not an input of this model; known: x, id, text/],
    ["an input twice", { inputs: [x, x, id, text] }, /given twice/],
    ["another datatype", { inputs: [{ ...x, datatype: "FP64" }, id, text] }, /datatype is FP32, got the text "FP64"/],
    ["another rank", { inputs: [{ ...x, shape: [4] }, id, text] }, /shape is \[-1, 2\]/],
    ["another width", { inputs: [{ ...x, shape: [1, 4] }, id, text] }, /shape is \[-1, 2\]/],
    ["a negative dimension", { inputs: [{ ...x, shape: [-2, 2] }, id, text] }, /shape is/],
    ["a fractional dimension", { inputs: [{ ...x, shape: [1.5, 2] }, id, text] }, /shape is/],
    ["no rows", { inputs: [{ ...x, shape: [0, 2], data: [] }, id, text] }, /positive integer/],
    ["too few elements", { inputs: [{ ...x, data: [1, 2, 3] }, id, text] }, /3 elements, the shape 4/],
    ["too many elements", { inputs: [{ ...x, data: [1, 2, 3, 4, 5] }, id, text] }, /more than the 4 elements/],
    ["nesting past the rank", { inputs: [{ ...x, data: [[[1, 2, 3, 4]]] }, id, text] }, /element 0 takes a finite number/],
    ["a null where none is allowed", { inputs: [x, { ...id, data: [1, null] }, text] }, /element 1 takes an integer/],
    ["bytes that no tensor claims", { inputs: [x, id, text] }, /3 bytes follow/],
  ])("with %s is refused", (name, json, detail) => {
    const refused = failure(json, name.startsWith("bytes") ? new Uint8Array(3) : none);
    expect(refused).toMatchObject({ reason: "tensor_invalid", detail: expect.stringMatching(detail) as string });
  });

  it("with a shape of 10^18 elements allocates nothing", () => {
    expect(failure({ inputs: [{ ...x, shape: [4e15, 2], data: [] }, id, text] })).toMatchObject({
      reason: "rows_too_many",
      rows: 4e15,
    });
  });

  it("with an unknown output names those there are", () => {
    expect(failure({ inputs: [x, id, text], outputs: [{ name: "z" }] })).toEqual({
      reason: "output_unknown",
      output: "z",
      known: ["y", "label"],
    });
  });
});

describe("a binary infer request", () => {
  const floats = new Uint8Array(new Float32Array([1, 2, NaN, 4]).buffer);
  const integers = new Uint8Array(new BigInt64Array([9007199254740993n, -1n]).buffer);
  const texts = new Uint8Array([1, 0, 0, 0, 0x61, 3, 0, 0, 0, 0x62, 0xc3, 0xa4]);
  const binary = (tensor: object, bytes: number) => ({ ...tensor, data: undefined, parameters: { binary_data_size: bytes } });
  const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

  it("takes tensors from the tail in order, mixed with JSON ones", () => {
    const json = { inputs: [binary(x, 16), id, binary(text, texts.length)], parameters: { binary_data_output: true } };
    const decoded = decodeInferRequest(json, join(floats, texts), manifest);
    expect(decoded).toMatchObject({
      ok: true,
      value: {
        inputs: [{ data: new Float32Array([1, 2, NaN, 4]) }, {}, { data: ["a", "bä"] }],
        outputs: [
          { name: "y", isBinary: true },
          { name: "label", isBinary: true },
        ],
      },
    });
  });

  it("reads from a tail that does not start on an element's boundary", () => {
    const whole = join(new Uint8Array(3), floats);
    const decoded = decodeInferRequest({ inputs: [binary(x, 16), id, text] }, whole.subarray(3), manifest);
    expect(decoded).toMatchObject({ ok: true, value: { inputs: [{ data: new Float32Array([1, 2, NaN, 4]) }, {}, {}] } });
  });

  it.each([
    ["a size past the body", { inputs: [binary(x, 17), id, text] }, floats, /does not fit the 16 bytes/],
    ["a size that is no integer", { inputs: [binary(x, 1.5), id, text] }, floats, /does not fit/],
    [
      "a size that the shape does not make",
      { inputs: [binary({ ...x, shape: [1, 2] }, 16), id, text] },
      floats,
      /make 8 bytes, got 16/,
    ],
    ["data as well", { inputs: [{ ...binary(x, 16), data: [1] }, id, text] }, floats, /exclude each other/],
    [
      "an infinite float",
      { inputs: [binary({ ...x, shape: [1, 2] }, 8), id, text] },
      new Uint8Array(new Float32Array([1, Infinity]).buffer),
      /element 1 is Infinity/,
    ],
    ["texts cut short", { inputs: [x, id, binary(text, 6)] }, texts.subarray(0, 6), /length-prefixed/],
    [
      "a text longer than the body",
      { inputs: [x, id, binary(text, 4)] },
      new Uint8Array([255, 255, 255, 255]),
      /length-prefixed/,
    ],
  ])("with %s is refused", (_, json, tail, detail) => {
    expect(failure(json, tail)).toMatchObject({ reason: "tensor_invalid", detail: expect.stringMatching(detail) as string });
  });

  it("may be raw for a model with one input: the rows follow from the length", () => {
    expect(decodeRawRequest(floats, single)).toMatchObject({
      ok: true,
      value: { inputs: [{ shape: [2, 2] }], outputs: [{ isBinary: true }, { isBinary: true }] },
    });
    expect(decodeRawRequest(floats.subarray(0, 12), single)).toMatchObject({
      ok: false,
      failure: { detail: expect.stringMatching(/whole number of 8-byte rows/) as string },
    });
    expect(decodeRawRequest(none, single)).toMatchObject({ ok: false });
    expect(decodeRawRequest(floats, manifest)).toMatchObject({ ok: false });
  });

  it("gets its answer as the protocol says: sizes in JSON, bytes after it", () => {
    const outputs = [
      { name: "y", datatype: "FP32" as const, shape: [2], data: new Float32Array([1, NaN]) },
      { name: "label", datatype: "INT64" as const, shape: [2], data: new BigInt64Array([9007199254740993n, -1n]) },
    ];
    const requested = [
      { name: "y", isBinary: true },
      { name: "label", isBinary: false },
    ];
    const response = encodeInferResponse({ model: "m", version: "v1", id: 'q"1' }, outputs, requested);
    expect(response.ok && response.value.json).toBe(
      '{"model_name":"m","model_version":"v1","id":"q\\"1","outputs":[{"name":"y","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}},{"name":"label","shape":[2],"datatype":"INT64","data":[9007199254740993,-1]}]}',
    );
    expect(response.ok && response.value.binary).toEqual([new Uint8Array(new Float32Array([1, NaN]).buffer)]);
    expect(integers).toHaveLength(16);
  });
});
