/** Every node and every tensor of a model, wherever it is nested: subgraphs, functions, attributes. Pure walking, no judgement. */
import type { ParsedModel } from "./onnx-parse.ts";
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxType, OnnxValueInfo } from "./onnx-schema.ts";

/** A place that holds nodes: the graph, a subgraph of an attribute, or a function's body. */
export interface NodeList {
  nodes: readonly OnnxNode[];
  valueInfos: readonly OnnxValueInfo[];
  tensors: readonly OnnxTensor[];
}

/** The graph, all subgraphs and all functions. Depth is bounded by the parser. */
export function* nodeLists(model: ParsedModel): Generator<NodeList> {
  yield* graphLists(model.graph);
  for (const { node, valueInfo, attributeProto } of model.functions) {
    yield {
      nodes: node,
      valueInfos: valueInfo,
      tensors: [...attributeProto, ...node.flatMap(attributesOf)].flatMap(attributeTensors),
    };
    for (const graph of [...attributeProto, ...node.flatMap(attributesOf)].flatMap(attributeGraphs)) yield* graphLists(graph);
  }
}

function* graphLists(graph: OnnxGraph): Generator<NodeList> {
  const attributes = graph.node.flatMap(attributesOf);
  yield {
    nodes: graph.node,
    valueInfos: [...graph.input, ...graph.output, ...graph.valueInfo],
    tensors: [...graph.initializer, ...graph.sparseInitializer.flatMap(sparseTensors), ...attributes.flatMap(attributeTensors)],
  };
  for (const subgraph of attributes.flatMap(attributeGraphs)) yield* graphLists(subgraph);
}

const attributesOf = (node: OnnxNode): readonly OnnxAttribute[] => node.attribute;

/** Graphs that an attribute holds. */
export function attributeGraphs({ g, graphs }: OnnxAttribute): OnnxGraph[] {
  return g === undefined ? graphs : [g, ...graphs];
}

function attributeTensors({ t, tensors, sparseTensor, sparseTensors: sparse }: OnnxAttribute): OnnxTensor[] {
  const all = [...tensors, ...sparse.flatMap(sparseTensors), ...(sparseTensor ? sparseTensors(sparseTensor) : [])];
  return t === undefined ? all : [t, ...all];
}

/** A sparse tensor's parts; its own dims stand as a third, since it is made dense when it is used. */
function sparseTensors(sparse: {
  values: OnnxTensor | undefined;
  indices: OnnxTensor | undefined;
  dims: number[];
}): OnnxTensor[] {
  const dense: OnnxTensor = {
    name: sparse.values?.name,
    dims: sparse.dims,
    dataType: undefined,
    externalData: [],
    dataLocation: undefined,
  };
  return [sparse.values, sparse.indices, dense].filter((tensor) => tensor !== undefined);
}

/** Names that the graph itself gives a value: an input among them has a default and need not be sent. */
export function initializerNames({ initializer, sparseInitializer }: OnnxGraph): Set<string> {
  const tensors = [...initializer, ...sparseInitializer.map(({ values }) => values)];
  return new Set(tensors.map((tensor) => tensor?.name ?? ""));
}

/** Shapes of the tensors in a type, inside sequences, maps and optionals too; a free axis is -1. */
export function typeShapes(type: OnnxType | undefined): number[][] {
  if (type === undefined) return [];
  const { tensorType, sparseTensorType, sequenceType, optionalType, mapType } = type;
  const shape = (tensorType ?? sparseTensorType)?.shape;
  return [
    ...(shape ? [shape.dim.map(({ dimValue }) => (dimValue === undefined || dimValue < 0 ? -1 : dimValue))] : []),
    ...typeShapes(sequenceType?.elemType),
    ...typeShapes(optionalType?.elemType),
    ...typeShapes(mapType?.valueType),
  ];
}
