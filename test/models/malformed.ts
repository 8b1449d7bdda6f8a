/** Files that inspection must refuse as not ONNX, without an exception and without using much time or memory. */
import { bytesField } from "../../contract/protobuf-wire.ts";
import { identityModel } from "./hostile.ts";
import { encode } from "./onnx-writer.ts";

/** Bytes that are no model at all, or not one that two readers would read alike, each with what the refusal must say. */
export function malformedFiles(): Record<string, { bytes: Uint8Array; detail: RegExp }> {
  const whole = identityModel();
  const second = encode("Model", { graph: { name: "second" } });
  const OPSET_IMPORT_TAG = (8 << 3) | 2;
  return {
    empty: { bytes: new Uint8Array(), detail: /no graph/ },
    "an HTML page": {
      bytes: new TextEncoder().encode("<!doctype html><html><body>404 Not Found</body></html>"),
      detail: /no field can begin/,
    },
    "a model cut in half": { bytes: whole.subarray(0, whole.length >> 1), detail: /cut off/ },
    "two graphs": { bytes: Uint8Array.from([...whole, ...second]), detail: /Model.graph comes twice/ },
    "a million empty messages": {
      bytes: new Uint8Array(2_000_000).map((_, at) => (at % 2 === 0 ? OPSET_IMPORT_TAG : 0)),
      detail: /more than 400000 messages/,
    },
    "messages nested without end": { bytes: nested(200), detail: /nested more than 32 deep/ },
  };
}

/** A subgraph in a node in a subgraph, `depth` times. */
function nested(depth: number): Uint8Array {
  let inner: Uint8Array = new Uint8Array();
  // Graph.node, Node.attribute, Attribute.g
  for (let level = 0; level < depth; level++) inner = bytesField(1, bytesField(5, bytesField(6, inner)));
  return bytesField(7, inner);
}
