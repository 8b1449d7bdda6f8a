import { defineConfig } from "drizzle-kit";

export default defineConfig({ dialect: "sqlite", schema: "./control-plane/registry/*schema.ts", out: "./migrations" });
