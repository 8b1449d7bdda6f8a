/** wrangler's CompiledWasm rule turns the file into a module. */
declare module "onnxruntime-web/ort-wasm-simd-threaded.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
