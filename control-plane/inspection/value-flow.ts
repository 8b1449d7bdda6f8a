/**
 * Follows the values of a model's inputs through its graph, to find operators whose output size a caller could set with one number
 * (an `Expand` to a shape that is read from the input: a memory bomb of a few bytes, platform.md B14).
 * Sizes made from input SHAPES are not refused here: the request limits bound shapes, and the probe runs the model at those limits.
 * A shape that itself depends on values (what NonZero gives) counts as a value once it is read with Shape.
 * Pure; assumes that policy.ts has already refused unknown operators, control flow and subgraphs.
 */
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { InspectionRefusal } from "./inspection.ts";
import { FUNCTION_DEPTH_MAX, NODES_MAX } from "./inspection-limits.ts";
import { initializerNames } from "./model-parts.ts";
import type { ParsedModel } from "./onnx-parse.ts";
import type { OnnxFunction, OnnxModel, OnnxNode } from "./onnx-schema.ts";
import { operatorName, operatorRule, type OperatorRule } from "./operators.ts";

/** What a caller's values reach in one tensor: its elements, and its shape. */
interface Flow {
  values: boolean;
  shape: boolean;
}

type Environment = Map<string, Flow>;

const CONSTANT: Flow = { values: false, shape: false };

interface Walk {
  functions: ReadonlyMap<string, OnnxFunction>;
  visited: number;
}

export type ValueFlowRefusal = Extract<
  InspectionRefusal,
  { reason: "not_onnx" | "output_size_from_input" | "not_deterministic" }
>;

/** Succeeds when no operator's output size is set by the values of a graph input. */
export function checkValueFlow(model: ParsedModel): Result<true, ValueFlowRefusal> {
  const { graph } = model;
  const environment: Environment = new Map();
  for (const name of initializerNames(graph)) environment.set(name, CONSTANT);
  for (const { name = "" } of graph.input) {
    // An input that has an initializer is a default that the edge never overrides: its manifest does not list it.
    if (!environment.has(name)) environment.set(name, { values: true, shape: false });
  }
  return walkNodes(graph.node, environment, { functions: functionsByName(model), visited: 0 }, 0);
}

/** Functions of the model by the name that a node calls them by. */
export function functionsByName(model: OnnxModel): Map<string, OnnxFunction> {
  return new Map(
    model.functions.map((body) => [functionKey(body.domain ?? "", body.name ?? "", body.overload ?? ""), body] as const),
  );
}

export const functionKey = (domain: string, name: string, overload: string): string =>
  JSON.stringify([operatorName(domain, name), overload]);

function walkNodes(
  nodes: readonly OnnxNode[],
  environment: Environment,
  walk: Walk,
  depth: number,
): Result<true, ValueFlowRefusal> {
  for (const [index, node] of nodes.entries()) {
    if (++walk.visited > NODES_MAX)
      return fail({ reason: "not_onnx", detail: `functions unfold to more than ${NODES_MAX} nodes` });
    const operands: (Flow | undefined)[] = [];
    for (const name of node.input) {
      const flow = name === "" ? undefined : environment.get(name);
      if (name !== "" && flow === undefined) {
        return fail({ reason: "not_onnx", detail: `${nodeName(node, index)} reads ${name}, which nothing before it makes` });
      }
      operands.push(flow);
    }
    const flows = outputFlows(node, index, operands, walk, depth);
    if (!flows.ok) return flows;
    for (const [position, name] of node.output.entries()) {
      if (name === "") continue;
      if (environment.has(name)) return fail({ reason: "not_onnx", detail: `${name} is made twice` });
      environment.set(name, flows.value[position] ?? flows.value[0] ?? CONSTANT);
    }
  }
  return succeed(true);
}

/** Flow of each output; an operator's outputs share one. */
function outputFlows(
  node: OnnxNode,
  index: number,
  operands: readonly (Flow | undefined)[],
  walk: Walk,
  depth: number,
): Result<Flow[], ValueFlowRefusal> {
  const { opType = "", domain = "", overload = "" } = node;
  const called = walk.functions.get(functionKey(domain, opType, overload));
  if (called) return callFlows(called, operands, walk, depth + 1);
  const rule = operatorRule(domain, opType) ?? {};
  const isFromInput = (position: number) => operands[position]?.values === true;
  const sizing = rule.sizedBy?.find(isFromInput);
  if (sizing !== undefined) {
    const input = node.input[sizing] ?? "";
    return fail({
      reason: "output_size_from_input",
      operator: operatorName(domain, opType),
      node: nodeName(node, index),
      input,
    });
  }
  // Golden rows with training_mode false would pass, and a caller could then switch it on.
  if (opType === "Dropout" && isFromInput(2)) {
    const detail = "a graph input can switch Dropout to training mode, which draws random numbers";
    return fail({ reason: "not_deterministic", where: nodeName(node, index), detail });
  }
  return succeed([operatorFlow(rule, operands, rule.shapedBy?.some(isFromInput) === true)]);
}

function operatorFlow(rule: OperatorRule, operands: readonly (Flow | undefined)[], isShapedByInput: boolean): Flow {
  const anyShape = operands.some((flow) => flow?.shape === true);
  const anyValue = operands.some((flow) => flow?.values === true);
  const shape = anyShape || isShapedByInput;
  if (rule.yields === "constants") return { values: false, shape };
  return { values: rule.yields === "lengths" ? anyShape : anyValue, shape };
}

function callFlows(
  called: OnnxFunction,
  operands: readonly (Flow | undefined)[],
  walk: Walk,
  depth: number,
): Result<Flow[], ValueFlowRefusal> {
  if (depth > FUNCTION_DEPTH_MAX) {
    return fail({ reason: "not_onnx", detail: `functions call each other more than ${FUNCTION_DEPTH_MAX} deep` });
  }
  const environment: Environment = new Map(called.input.map((name, position) => [name, operands[position] ?? CONSTANT] as const));
  const walked = walkNodes(called.node, environment, walk, depth);
  if (!walked.ok) return walked;
  const flows: Flow[] = [];
  for (const name of called.output) {
    const flow = environment.get(name);
    if (flow === undefined)
      return fail({ reason: "not_onnx", detail: `function ${called.name ?? ""} does not make its output ${name}` });
    flows.push(flow);
  }
  return succeed(flows);
}

/** What to call a node in a message: its name, else its place. */
export const nodeName = (node: OnnxNode, index: number): string => node.name || `#${index}`;
