/** Bounds on what the converter reads of a model file. The file's size is the registration's own limit (`artifactBytesMax`). */

/** Values within values. XGBoost's own files are 8 deep. */
export const JSON_DEPTH_MAX = 64;
/** Values of a UBJSON file outside typed arrays; without it, a file of two-byte objects becomes gigabytes. */
export const UBJSON_VALUES_MAX = 2_000_000;
export const TREES_MAX = 50_000;
/** Over all trees. A 12 MiB file has about 400,000. */
export const TREE_NODES_MAX = 1_000_000;
/** Levels of one tree: onnxruntime reads a tree by recursion. XGBoost's default is 6. */
export const TREE_DEPTH_MAX = 256;
/** Categories of one split that go right: each is a node of its own in ONNX. */
export const SPLIT_CATEGORIES_MAX = 1_024;
export const OUTPUTS_MAX = 1_024;
