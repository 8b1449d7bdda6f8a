/**
 * The operators that a model may use, each with what the policy must know of it. An operator that is not here is refused, whatever
 * its name. Data only; value-flow.ts and policy.ts decide.
 * Source: the operator lists of ONNX 1.20 (docs/Operators.md, docs/Operators-ml.md) and the older versions of each operator.
 * com.microsoft is left out: exporters do not need it, and no specification bounds what its operators allocate.
 */

export interface OperatorRule {
  /** Why no model may contain it. */
  forbidden?: string;
  /** It draws random numbers. */
  random?: string;
  /** Operands whose VALUES set how large the output is, without a bound in the size of any operand. */
  sizedBy?: readonly number[];
  /** Operands whose values set the output's shape within the size of the operands: harmless, but the shape then tells of the values. */
  shapedBy?: readonly number[];
  /** The output holds no values of the operands: their lengths ("lengths") or only constants ("constants"). */
  yields?: "lengths" | "constants";
}

export const ALLOWED_DOMAINS = ["ai.onnx", "ai.onnx.ml"] as const;

/** Rule of an operator, or undefined when it is not on the list. `domain` is as in the file, where "" means ai.onnx. */
export function operatorRule(domain: string, opType: string): OperatorRule | undefined {
  return RULES.get(operatorName(domain, opType));
}

/** `"ai.onnx:Add"`: the default domain spelled out. */
export const operatorName = (domain: string, opType: string): string => `${domain === "" ? "ai.onnx" : domain}:${opType}`;

const CONTROL_FLOW = "control flow lets one small request run for long and hides operators in subgraphs";
const DRAWS = "it draws random numbers, so no golden row could be repeated";

/** Operators whose output size the values of an operand set, and which operand. Every version's operand order is covered. */
const SIZED_BY: Record<string, readonly number[]> = {
  AffineGrid: [1], // size
  BlackmanWindow: [0], // size
  CenterCropPad: [1], // shape
  Col2Im: [1, 2], // image_shape, block_shape
  ConstantOfShape: [0], // input
  DFT: [1, 2], // dft_length, and the axis that takes it
  Expand: [1], // shape
  HammingWindow: [0], // size
  HannWindow: [0], // size
  ImageDecoder: [0], // a few bytes can decode to any number of pixels
  MaxUnpool: [2], // output_shape
  MelWeightMatrix: [0, 1], // num_mel_bins, dft_length
  OneHot: [1], // depth
  Pad: [1, 3], // pads, and the axes that take them
  Range: [0, 1, 2], // start, limit, delta
  Resize: [1, 2, 3], // roi or (version 10) scales, scales, sizes
  STFT: [1, 3], // frame_step, frame_length
  StringConcat: [0, 1], // a long text broadcast against many
  StringSplit: [0], // one text with many parts widens every row
  Tile: [1, 2], // repeats; version 1: tiles, axis
  TopK: [1], // k
  Upsample: [1], // scales
};

/** Operators whose output shape tells of an operand's values, though the operands' sizes bound it. */
const SHAPED_BY: Record<string, readonly number[]> = {
  Compress: [1],
  NonMaxSuppression: [0, 1, 2, 3, 4],
  NonZero: [0],
  ReduceL1: [1],
  ReduceL2: [1],
  ReduceLogSum: [1],
  ReduceLogSumExp: [1],
  ReduceMax: [1],
  ReduceMean: [1],
  ReduceMin: [1],
  ReduceProd: [1],
  ReduceSum: [1],
  ReduceSumSquare: [1],
  Reshape: [1],
  SequenceAt: [1],
  SequenceErase: [1],
  SequenceInsert: [2],
  Slice: [1, 2, 3, 4],
  Split: [1],
  SplitToSequence: [1],
  Squeeze: [1],
  StringNormalizer: [0],
  Unique: [0],
  Unsqueeze: [1],
};

const YIELDS: Record<string, "lengths" | "constants"> = {
  Shape: "lengths",
  Size: "lengths",
  SequenceLength: "lengths",
  EyeLike: "constants",
};

const FORBIDDEN: Record<string, string> = { If: CONTROL_FLOW, Loop: CONTROL_FLOW, Scan: CONTROL_FLOW, SequenceMap: CONTROL_FLOW };

const RANDOM = ["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"];

/** The rest of ai.onnx: the output's size follows from the operands' sizes and from attributes. */
const BOUNDED = `
  Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool BatchNormalization BitCast BitShift BitwiseAnd
  BitwiseNot BitwiseOr BitwiseXor Cast CastLike CausalConvWithState Ceil Celu Clip Concat ConcatFromSequence Constant Conv ConvInteger
  ConvTranspose Cos Cosh CumProd CumSum DeformConv DepthToSpace DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu
  Equal Erf Exp Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater
  GreaterOrEqual GridSample GroupNormalization HardSigmoid HardSwish Hardmax Identity InstanceNormalization IsInf IsNaN LRN LSTM
  LayerNormalization LeakyRelu Less LessOrEqual LinearAttention Log LogSoftmax LpNormalization LpPool MatMul MatMulInteger Max MaxPool
  MaxRoiPool Mean MeanVarianceNormalization Min Mish Mod Mul Neg NegativeLogLikelihoodLoss Not Optional OptionalGetElement
  OptionalHasElement Or PRelu Pow QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RNN Reciprocal RegexFullMatch Relu
  ReverseSequence RoiAlign RotaryEmbedding Round Scatter ScatterElements ScatterND Selu SequenceConstruct SequenceEmpty Shrink Sigmoid Sign Sin
  Sinh Softmax SoftmaxCrossEntropyLoss Softplus Softsign SpaceToDepth Sqrt Sub Sum SwiGLU Swish Tan Tanh TensorScatter
  TfIdfVectorizer ThresholdedRelu Transpose Trilu Where Xor`;

/** All of ai.onnx.ml: sizes follow from operands and attributes. */
const BOUNDED_ML = `
  ArrayFeatureExtractor Binarizer CastMap CategoryMapper DictVectorizer FeatureVectorizer Imputer LabelEncoder LinearClassifier
  LinearRegressor Normalizer OneHotEncoder SVMClassifier SVMRegressor Scaler TreeEnsemble TreeEnsembleClassifier
  TreeEnsembleRegressor ZipMap`;

const words = (text: string): string[] => text.trim().split(/\s+/);

const RULES: ReadonlyMap<string, OperatorRule> = new Map([
  ...words(BOUNDED_ML).map((name): [string, OperatorRule] => [`ai.onnx.ml:${name}`, {}]),
  ...[...words(BOUNDED), ...RANDOM, ...[FORBIDDEN, SIZED_BY, SHAPED_BY, YIELDS].flatMap((table) => Object.keys(table))].map(
    (name): [string, OperatorRule] => [`ai.onnx:${name}`, ruleOf(name)],
  ),
]);

function ruleOf(name: string): OperatorRule {
  const rule: OperatorRule = {};
  const [forbidden, sizedBy, shapedBy, yields] = [FORBIDDEN[name], SIZED_BY[name], SHAPED_BY[name], YIELDS[name]];
  if (forbidden !== undefined) rule.forbidden = forbidden;
  if (sizedBy !== undefined) rule.sizedBy = sizedBy;
  if (shapedBy !== undefined) rule.shapedBy = shapedBy;
  if (yields !== undefined) rule.yields = yields;
  if (RANDOM.includes(name)) rule.random = DRAWS;
  return rule;
}
