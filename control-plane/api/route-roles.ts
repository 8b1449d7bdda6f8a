/**
 * Every /api route and the least role that may call it: the one table that the server enforces. A route that is not here answers 404, even if
 * a handler for it exists.
 */
import type { Role } from "./schemas.ts";

export const ROUTE_ROLES = {
  "GET /api/models": "viewer",
  "GET /api/models/{model}": "viewer",
  "GET /api/models/{model}/versions": "viewer",
  "POST /api/models/{model}/versions": "operator",
  "GET /api/models/{model}/versions/{version}": "viewer",
  "PATCH /api/models/{model}/versions/{version}": "operator",
  "GET /api/models/{model}/versions/{version}/artifact": "viewer",
  "GET /api/models/{model}/versions/{version}/manifest": "viewer",
  "PUT /api/models/{model}/versions/{version}/tags/{key}": "operator",
  "DELETE /api/models/{model}/versions/{version}/tags/{key}": "operator",
  "PUT /api/models/{model}/versions/{version}/metrics": "operator",
  "POST /api/models/{model}/versions/{version}/promote": "operator",
  "POST /api/models/{model}/versions/{version}/error-model": "operator",
  "GET /api/models/{model}/versions/{version}/gates": "viewer",
  "POST /api/models/{model}/versions/{version}/gates/run": "operator",
  "POST /api/models/{model}/versions/{version}/sign-off": "approver",
  "GET /api/models/{model}/gate-policy": "viewer",
  // Who may change what stops a promotion may let any promotion through.
  "PUT /api/models/{model}/gate-policy": "approver",
  "POST /api/models/{model}/gates/replay": "viewer",
  "GET /api/models/{model}/evaluation-sets": "viewer",
  "POST /api/models/{model}/evaluation-sets/{name}": "operator",
  "POST /api/models/{model}/rollback": "operator",
  "POST /api/models/{model}/versions/{version}/rollout": "operator",
  "GET /api/models/{model}/rollouts": "viewer",
  "GET /api/models/{model}/rollout": "viewer",
  // Pause, resume, abort; advance too: the gates, which need an approver, hold for it all the same.
  "POST /api/models/{model}/rollout/{act}": "operator",
  "GET /api/models/{model}/shadow": "viewer",
  "POST /api/models/{model}/shadow": "operator",
  "POST /api/models/{model}/shadow/stop": "operator",
  "GET /api/models/{model}/release-policy": "viewer",
  "PUT /api/models/{model}/release-policy": "approver",
  "GET /api/models/{model}/history": "viewer",
  "GET /api/models/{model}/release": "viewer",
  "GET /api/models/{model}/quality": "viewer",
  "GET /api/models/{model}/versions/{version}/why": "viewer",
  "GET /api/models/{model}/retraining": "viewer",
  // Names files and commands that the server reads and runs.
  "PUT /api/models/{model}/retraining": "admin",
  "GET /api/models/{model}/retraining/history": "viewer",
  "GET /api/models/{model}/retraining/triggers": "viewer",
  "POST /api/models/{model}/retrain": "operator",
  "GET /api/retrains": "viewer",
  "GET /api/retrains/{id}": "viewer",
  "GET /api/retrains/{id}/log": "viewer",
  "POST /api/retrains/{id}/cancel": "operator",
  "POST /api/retrains/{id}/accept": "operator",
  "POST /api/retrains/{id}/dismiss": "operator",
  // Alertmanager's webhook.
  "POST /api/alerts": "operator",
  "GET /api/incidents": "viewer",
  "GET /api/incidents/{id}": "viewer",
  "POST /api/incidents/{id}/notes": "operator",
  "POST /api/incidents/{id}/close": "operator",
  "GET /api/sla": "viewer",
  "POST /api/models/{model}/drift/live": "operator",
  "GET /api/models/{model}/drift/reference": "viewer",
  "POST /api/models/{model}/drift/reference": "operator",
  // The drift job's, from files.
  "POST /api/models/{model}/drift/reports": "operator",
  "GET /api/drift/reports": "viewer",
  "GET /api/drift/reports/{id}": "viewer",
  "GET /api/drift/reports/{id}/page": "viewer",
  "GET /api/audit": "admin",
  "GET /api/audit/verify": "admin",
  "GET /api/webhooks": "admin",
  "POST /api/webhooks": "admin",
  "DELETE /api/webhooks/{id}": "admin",
  "POST /api/webhooks/{id}/test": "admin",
  "GET /api/tokens": "admin",
  "POST /api/tokens": "admin",
  "DELETE /api/tokens/{id}": "admin",
} as const satisfies Record<string, Role>;

export type RouteMatch = { state: "known"; role: Role } | { state: "other_method"; allow: string[] } | { state: "unknown" };

/** What the table says of a request. HEAD is answered wherever GET is. */
export function matchRoute(method: string, path: string): RouteMatch {
  const asked = method === "HEAD" ? "GET" : method;
  const ofPath = ROUTES.filter(({ pattern }) => pattern.test(path));
  const route = ofPath.find((candidate) => candidate.method === asked);
  if (route) return { state: "known", role: route.role };
  return ofPath.length === 0
    ? { state: "unknown" }
    : { state: "other_method", allow: ofPath.map((candidate) => candidate.method) };
}

const ROUTES = Object.entries(ROUTE_ROLES).map(([route, role]) => {
  const [method = "", path = ""] = route.split(" ");
  return { method, role, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`) };
});
