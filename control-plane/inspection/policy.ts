/**
 * What a model file may contain. Pure: the parsed model in, the first refusal out. The reasons are those of platform.md B13 and B14.
 * It judges what is written in the file; whether the model runs, and in how much memory, is the probe's to find out.
 */
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { InspectionRefusal } from "./inspection.ts";
import { INPUT_ELEMENTS_MAX, TENSOR_ELEMENTS_MAX } from "./inspection-limits.ts";
import { attributeGraphs, nodeLists, typeShapes } from "./model-parts.ts";
import type { ParsedModel } from "./onnx-parse.ts";
import type { OnnxNode } from "./onnx-schema.ts";
import { ALLOWED_DOMAINS, operatorName, operatorRule } from "./operators.ts";
import { checkValueFlow, functionKey, functionsByName, nodeName } from "./value-flow.ts";

type Check = (model: ParsedModel) => Result<true, InspectionRefusal>;

/** Order matters: value flow relies on the operators being known and free of subgraphs. */
const CHECKS: readonly Check[] = [checkExternalData, checkFunctions, checkOperators, checkDimensions, checkValueFlow];

export function checkPolicy(model: ParsedModel): Result<true, InspectionRefusal> {
  for (const check of CHECKS) {
    const checked = check(model);
    if (!checked.ok) return checked;
  }
  return succeed(true);
}

/** "Domain:Operator" → how often it stands in the graph, its subgraphs and functions. */
export function countOperators(model: ParsedModel): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { nodes } of nodeLists(model)) {
    for (const { domain = "", opType = "" } of nodes) {
      const name = operatorName(domain, opType);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Weights outside the file: the edge has only the file, and the path can name any other file (CVE-2024-27318). */
function checkExternalData(model: ParsedModel): Result<true, InspectionRefusal> {
  const tensors: string[] = [];
  for (const list of nodeLists(model)) {
    for (const { name, externalData, dataLocation } of list.tensors) {
      const isExternal = externalData.length > 0 || (dataLocation !== undefined && dataLocation !== 0);
      if (!isExternal) continue;
      const location = externalData.find(({ key }) => key === "location")?.value;
      tensors.push(location === undefined ? (name ?? "") : `${name ?? ""} at ${location}`);
    }
  }
  return tensors.length === 0 ? succeed(true) : fail({ reason: "external_data", tensors });
}

/** A function may not stand in for a standard operator, nor be defined twice: which body runs would be the reader's choice. */
function checkFunctions(model: ParsedModel): Result<true, InspectionRefusal> {
  for (const { domain = "", name = "" } of model.functions) {
    if (isStandardDomain(domain)) {
      const why = "a function of the model may not take the name of a standard operator";
      return fail({ reason: "operator_forbidden", operator: operatorName(domain, name), node: name, why });
    }
  }
  if (functionsByName(model).size !== model.functions.length)
    return fail({ reason: "not_onnx", detail: "a function is defined twice" });
  return succeed(true);
}

function checkOperators(model: ParsedModel): Result<true, InspectionRefusal> {
  const functions = functionsByName(model);
  for (const { nodes } of nodeLists(model)) {
    for (const [index, node] of nodes.entries()) {
      const { domain = "", opType = "", overload = "" } = node;
      if (functions.has(functionKey(domain, opType, overload))) continue;
      const checked = checkOperator(node, nodeName(node, index), operatorName(domain, opType));
      if (!checked.ok) return checked;
    }
  }
  return succeed(true);
}

function checkOperator(node: OnnxNode, name: string, operator: string): Result<true, InspectionRefusal> {
  const rule = operatorRule(node.domain ?? "", node.opType ?? "");
  if (rule === undefined) return fail({ reason: "operator_unknown", operator, allowedDomains: [...ALLOWED_DOMAINS] });
  if (rule.forbidden !== undefined) return fail({ reason: "operator_forbidden", operator, node: name, why: rule.forbidden });
  if (rule.random !== undefined) return fail({ reason: "not_deterministic", where: `${operator} ${name}`, detail: rule.random });
  if (node.attribute.some((attribute) => attributeGraphs(attribute).length > 0)) {
    return fail({ reason: "operator_forbidden", operator, node: name, why: "it carries a subgraph that no such operator has" });
  }
  return succeed(true);
}

/** Attributes that are lengths of an output, for the operators that have them (ConvTranspose, pooling, older Pad and Reshape). */
const SIZE_ATTRIBUTES = new Set(["shape", "output_shape", "output_padding", "pads", "paddings"]);

function checkDimensions(model: ParsedModel): Result<true, InspectionRefusal> {
  for (const { name = "", type } of model.graph.input) {
    for (const shape of typeShapes(type))
      if (!isWithin(shape, INPUT_ELEMENTS_MAX)) return unbounded(name, shape, INPUT_ELEMENTS_MAX);
  }
  for (const { nodes, valueInfos, tensors } of nodeLists(model)) {
    const shapes = [
      ...valueInfos.flatMap(({ name = "", type }) => typeShapes(type).map((shape) => ({ name, shape }))),
      ...tensors.map(({ name = "", dims }) => ({ name, shape: dims })),
    ];
    for (const { name, shape } of shapes)
      if (!isWithin(shape, TENSOR_ELEMENTS_MAX)) return unbounded(name, shape, TENSOR_ELEMENTS_MAX);
    for (const [index, node] of nodes.entries()) {
      for (const { name = "", ints } of node.attribute) {
        const isHuge = SIZE_ATTRIBUTES.has(name) && ints.some((size) => !(Math.abs(size) <= TENSOR_ELEMENTS_MAX));
        if (isHuge) return unbounded(`${nodeName(node, index)}.${name}`, ints, TENSOR_ELEMENTS_MAX);
      }
    }
  }
  return succeed(true);
}

/** Whether the fixed axes multiply to at most `max`. An axis of length 0 does not excuse the others: another request may not have it. */
function isWithin(shape: readonly number[], max: number): boolean {
  return shape.reduce((product, length) => product * Math.max(1, length), 1) <= max;
}

const unbounded = (tensor: string, shape: readonly number[], max: number) =>
  fail({ reason: "dimension_unbounded" as const, tensor, shape: [...shape], max });

const isStandardDomain = (domain: string): boolean => domain === "" || (ALLOWED_DOMAINS as readonly string[]).includes(domain);
