/**
 * Tables of RMSE estimated without truth, beside those of schema.ts: error models of versions, and what the edge estimated. Tables only, no queries;
 * docs/storage-schema.md says who writes and reads each.
 */
import { foreignKey, index, integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ErrorModelFigures } from "../api/error-model-schemas.ts";
import { versions } from "./schema.ts";

const versionKey = () => ({ model: text().notNull(), number: integer().notNull() });

/** The newest row of a version is its error model; append-only by trigger. */
export const errorModels = sqliteTable(
  "error_models",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    ...versionKey(),
    /** Of the ONNX file, which is kept and published as artifacts are. */
    sha256: text().notNull(),
    bytes: integer().notNull(),
    source: text().notNull(),
    figures: text({ mode: "json" }).$type<ErrorModelFigures>().notNull(),
    at: text().notNull(),
    actorTokenId: text("actor_token_id").notNull(),
    actorName: text("actor_name").notNull(),
  },
  (table) => [
    index("error_models_by_version").on(table.model, table.number, table.id),
    foreignKey({ columns: [table.model, table.number], foreignColumns: [versions.model, versions.number] }),
  ],
);

const estimated = () => ({ rows: integer().notNull(), squaredError: real("squared_error").notNull() });

/** Rows estimated in one hour as the control plane watched it, and the sum of the squared errors expected of them. */
export const liveEstimates = sqliteTable(
  "live_estimates",
  { ...versionKey(), hour: text().notNull(), ...estimated() },
  (table) => [primaryKey({ columns: [table.model, table.number, table.hour] })],
);

/** The edge's counts of estimates when they were last added to `live_estimates`. */
export const liveEstimateMarks = sqliteTable("live_estimate_marks", { ...versionKey(), ...estimated() }, (table) => [
  primaryKey({ columns: [table.model, table.number] }),
]);
