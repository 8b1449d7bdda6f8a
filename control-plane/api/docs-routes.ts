/** The API's description at /openapi.json and a page to read and try it at /docs, all from this machine. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Api } from "./api-env.ts";

const FILES = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
} as const;

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Edgewise control plane</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="page"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/page.js"></script></body>
</html>
`;

const PAGE_SCRIPT = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#page", deepLinking: true, validatorUrl: null });\n`;

export function addDocs(app: Api): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Edgewise control plane",
      version: "1",
      description: "Registers versions of models, moves them between stages and releases them to the edge.",
    },
  });
  app.get("/docs", (c) => c.html(PAGE));
  app.get("/docs/page.js", (c) => c.body(PAGE_SCRIPT, 200, { "content-type": FILES["swagger-ui-bundle.js"] }));
  for (const [name, type] of Object.entries(FILES)) {
    const path = fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`));
    app.get(`/docs/${name}`, async (c) => c.body(await readFile(path), 200, { "content-type": type }));
  }
}
