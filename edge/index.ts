/** The Worker's entry: the only file that meets the platform's export rules. Routes are in app.ts. */
import { app } from "./app.ts";

export { QualityLedger } from "./feedback/quality-ledger.ts";
export { MetricsShard } from "./metrics/metrics-shard.ts";
export default app;
