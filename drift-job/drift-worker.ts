/** The entry of a thread of the drift job: what it may be asked to do, and nothing else. */
export { runParseTask as parse } from "./input/parse-task.ts";
export { compareFeature as compare } from "./compare/compare-feature.ts";
