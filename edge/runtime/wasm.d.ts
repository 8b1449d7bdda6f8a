/** wrangler's CompiledWasm rule turns the file into a module. */
declare module "onnxruntime-web/ort-wasm-simd-threaded.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*/tree-walk.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

/** Emscripten's own start of the same build: the factory that onnxruntime's JavaScript calls too. */
declare module "onnxruntime-web/ort-wasm-simd-threaded.mjs" {
  const start: (options: {
    numThreads: number;
    instantiateWasm: (
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ) => void;
  }) => Promise<import("./ort-api.ts").OrtApi>;
  export default start;
}
