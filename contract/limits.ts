/**
 * Every limit of the system in one place, unit as suffix. A message that refuses something names the value and the limit.
 * Sources: docs/decisions/0004-limits.md.
 */

/** One /predict or /infer body after decompression. An image of 3×224×224 as JSON is about 3 MB. */
export const REQUEST_BODY_BYTES_MAX = 8 * 1024 * 1024;
/** Rows in one /predict. */
export const REQUEST_ROWS_MAX = 10_000;
/** Elements over all inputs of one request; 1 Mi float32 are 4 MiB of WASM memory. */
export const REQUEST_ELEMENTS_MAX = 1_048_576;
/** Nesting of a JSON body. Rows need 3, V2 tensors up to 8 axes + 4. */
export const REQUEST_JSON_DEPTH_MAX = 32;
/** Truths in one /feedback: as many as one /predict may have rows. */
export const FEEDBACK_ITEMS_MAX = 10_000;
/** Small administrative bodies. */
export const ADMIN_BODY_BYTES_MAX = 1024 * 1024;

/** A model takes about four times its size in WASM memory and old and new are held during a swap. */
export const ARTIFACT_BYTES_MAX_DEFAULT = 12 * 1024 * 1024;
export const MANIFEST_BYTES_MAX = 2 * 1024 * 1024;
export const RELEASE_BYTES_MAX = 64 * 1024;
/** WASM linear memory of one isolate (128 MB in all, of which JavaScript needs its part). 1 page is 64 KiB. */
export const WASM_MEMORY_PAGES_MAX = 1536;
/** A walk of trees has a memory of its own. A node takes 8 bytes there and about 37 in an artifact, so 12 MB of artifact fit. */
export const TREE_WALK_MEMORY_PAGES_MAX = 128;
/** Models that one isolate holds loaded; the one unused for longest makes room. */
export const MODELS_LOADED_MAX = 8;

export const GOLDEN_ROWS_MAX = 32;
export const REQUEST_ID_LENGTH_MAX = 128;

/** Series of one isolate; increments of further ones go to the metric's series whose labels are all `other`. */
export const METRIC_SERIES_PER_ISOLATE_MAX = 2_000;
/** Series that one metrics shard keeps; what comes later is counted under `metrics_series_dropped_total`. */
export const METRIC_SERIES_PER_SHARD_MAX = 10_000;
/** Flushes of an unknown schema that a shard keeps aside, and the size of each; beyond that they are only counted. */
export const METRIC_FLUSHES_PARKED_MAX = 1_000;
export const METRIC_FLUSH_PARKED_BYTES_MAX = 256 * 1024;

/** Groups of one version, for fairness: each is a label value. */
export const GROUPS_MAX = 16;

/** Rows of one answer that follows it in the isolate's idle moments (a shadow, an estimate): a larger one would hold the next request up for too long. */
export const IDLE_ROWS_MAX = 1_000;
/** Jobs, and the bytes of their tensors, that an isolate holds for its idle moments; further ones are skipped and counted. */
export const IDLE_QUEUE_JOBS_MAX = 64;
export const IDLE_QUEUE_BYTES_MAX = 4 * 1024 * 1024;
/** A version's error model: it is held beside the version in the isolate's memory. 100 trees of depth 4 are about 100 KB. */
export const ERROR_MODEL_BYTES_MAX = 1024 * 1024;
/** A file of rows, as it is sent and as it unpacks. 10 million rows of 12 numbers are about 700 MB of CSV. */
export const EVALUATION_SET_BYTES_MAX = 256 * 1024 * 1024;
export const TABLE_BYTES_MAX = 2 * 1024 * 1024 * 1024;
export const TABLE_ROW_GROUP_BYTES_MAX = 512 * 1024 * 1024;
export const EVALUATION_ROWS_MAX = 10_000_000;
/** Distinct values of an evaluation set's group column. */
export const EVALUATION_GROUPS_MAX = 100;

/** Training rows that registration lets a version predict, for the reference of its prediction. */
export const REFERENCE_SAMPLE_ROWS_MAX = 10_000;
/** Features of a model that live drift counts, the prediction among them, and the bins of all of them together. */
export const DRIFT_FEATURES_MAX = 512;
export const DRIFT_BINS_MAX = 60_000;
/** An isolate keeps to one data centre and holds few versions: more windows than these in one flush is a fault. */
export const DRIFT_WINDOWS_PER_FLUSH_MAX = 64;
/** Windows that one shard keeps; rows of further ones are counted under `drift_rows_dropped_total`. */
export const DRIFT_WINDOWS_PER_SHARD_MAX = 50_000;
/** A shard forgets a window this long after its hour: the control plane may be away for a week. */
export const DRIFT_WINDOW_KEPT_HOURS = 192;
/** Hours of one question to /internal/windows. */
export const DRIFT_WINDOW_HOURS_ASKED_MAX = 24;
