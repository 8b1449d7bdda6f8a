/** Limits of what the drift job reads, unit as suffix. A message that refuses something names the value and the limit. */

/** Features of one run; a file may have more columns, but then they have to be named. */
export const FEATURES_MAX = 1_000;
/** Files that one pattern may match. */
export const FILES_MAX = 10_000;
/** One row of text; a longer one is a file without line breaks, not a row. */
export const ROW_BYTES_MAX = 16 * 1024 * 1024;
/** Different texts in one column; more is free text or an identifier, which has no distribution to compare. */
export const CATEGORIES_DISTINCT_MAX = 10_000;
/** One file that is fetched from a URL. */
export const DOWNLOAD_BYTES_MAX = 16 * 1024 ** 3;
/** Time without a byte after which a download is given up. */
export const DOWNLOAD_IDLE_MS_MAX = 60_000;
/** Values of one pass over the files, held as doubles. */
export const MEMORY_BYTES_DEFAULT = 1024 ** 3;
/** Text that is parsed as one piece: large enough to make the hand-over to a thread cheap, small enough to have several in flight. */
export const BLOCK_BYTES = 4 * 1024 * 1024;
