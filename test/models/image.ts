/** A small image classifier: Conv, Relu, GlobalAveragePool, Gemm, Softmax. Pixels as float, or as uint8 with a Cast and a scale in front. */
import { attribute, constant, node, port, writeModel } from "./onnx-writer.ts";
import { weights } from "./weights.ts";

export const IMAGE_CLASSES = 5;
const CHANNELS = 3;
const FILTERS = 8;
const SIDE = 32;

export function imageModel({ pixels }: { pixels: "FP32" | "UINT8" }): Uint8Array {
  const isBytes = pixels === "UINT8";
  const FLOAT = 1;
  return writeModel({
    inputs: [port("image", pixels, ["batch", CHANNELS, SIDE, SIDE])],
    outputs: [port("probabilities", "FP32", ["batch", IMAGE_CLASSES])],
    initializers: [
      constant("filters", "FP32", [FILTERS, CHANNELS, 3, 3], Float32Array.from(weights(21, FILTERS * CHANNELS * 9, 0.3))),
      constant("filter_bias", "FP32", [FILTERS], Float32Array.from(weights(22, FILTERS))),
      constant("head", "FP32", [FILTERS, IMAGE_CLASSES], Float32Array.from(weights(23, FILTERS * IMAGE_CLASSES))),
      constant("head_bias", "FP32", [IMAGE_CLASSES], Float32Array.from(weights(24, IMAGE_CLASSES))),
      ...(isBytes ? [constant("scale", "FP32", [], Float32Array.of(1 / 255))] : []),
    ],
    nodes: [
      ...(isBytes
        ? [
            node("Cast", ["image"], ["float_image"], { attributes: [attribute.int("to", FLOAT)] }),
            node("Mul", ["float_image", "scale"], ["scaled_image"]),
          ]
        : []),
      node("Conv", [isBytes ? "scaled_image" : "image", "filters", "filter_bias"], ["maps"], {
        attributes: [attribute.ints("kernel_shape", [3, 3]), attribute.ints("pads", [1, 1, 1, 1])],
      }),
      node("Relu", ["maps"], ["active_maps"]),
      node("GlobalAveragePool", ["active_maps"], ["pooled"]),
      node("Flatten", ["pooled"], ["pooled_rows"]),
      node("Gemm", ["pooled_rows", "head", "head_bias"], ["scores"]),
      node("Softmax", ["scores"], ["probabilities"], { attributes: [attribute.int("axis", 1)] }),
    ],
  });
}
