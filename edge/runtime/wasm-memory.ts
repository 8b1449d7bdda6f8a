/** WASM memory of the isolate, which grows and never shrinks: onnxruntime's, and that of the walks of trees. */
import { ortMemoryBytes } from "./ort.ts";
import { treeWalkMemoryBytes } from "./tree-session.ts";

/** 0 before the first session. */
export const wasmMemoryBytes = (): number => ortMemoryBytes() + treeWalkMemoryBytes();
