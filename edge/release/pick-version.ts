/** Which version answers a request: the release's, or, for an operator who names it, a staged one. */
import { fail, succeed, type Result } from "../../contract/result.ts";
import { versionName } from "../../contract/names.ts";
import { checkOperator, type OperatorProblem } from "../http/operator.ts";
import type { Isolate } from "../isolate.ts";
import type { Picked, ServingProblem, WaitUntil } from "./fleet.ts";

/** Does all the waiting; the function it yields picks without any, so that the caller can run what it picked. */
export async function pickVersion(
  request: Request,
  { fleet, config }: Isolate,
  waitUntil: WaitUntil,
  model: string | undefined,
  version: string | undefined,
): Promise<Result<() => Result<Picked, ServingProblem>, ServingProblem | OperatorProblem>> {
  const ready = await fleet.ready(model, waitUntil);
  if (!ready.ok) return ready;
  const name = ready.value;
  if (version === undefined) return succeed(() => fleet.pick(name, undefined, request));
  // V2 clients and other servers write versions as bare numbers.
  const named = /^[0-9]+$/.test(version) ? `v${version}` : version;
  const inRelease = fleet.pick(name, named, request);
  if (inRelease.ok) return succeed(() => fleet.pick(name, named, request));
  if (!request.headers.has("authorization") || !versionName.safeParse(named).success) return inRelease;
  const operator = await checkOperator(request, config.edgeToken);
  if (!operator.ok) return fail(operator.failure);
  const staged = await fleet.stage(name, named);
  return staged.ok ? succeed(() => fleet.pickStaged(name, named)) : staged;
}
