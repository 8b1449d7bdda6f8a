/**
 * The process that preprocesses: `node preprocess-process.ts JOB OUTCOME`, run confined like a trainer, so that large data costs the control
 * plane neither its memory nor its event loop. Reads a PreprocessJob, writes what came of it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { preprocessData, type PreprocessJob } from "./preprocess-data.ts";

const [jobPath = "", outcomePath = ""] = process.argv.slice(2);
const outcome = await preprocessData(JSON.parse(readFileSync(jobPath, "utf8")) as PreprocessJob);
writeFileSync(outcomePath, JSON.stringify(outcome));
