// The engine of the playground: requests in, answers out. docs/playground_protocol.md lists them.
"use strict";

// The WebAssembly module, which lies in the page packed by gzip, as base64 (engineBytes).
async function unpackEngine() {
  const packed = Uint8Array.from(atob(engineBytes), (c) => c.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

// Starts the module, that of the page or another one. No request is made.
async function openEngine(bytes) {
  const module = await createEngine({wasmBinary: bytes ?? await unpackEngine()});
  return {
    // An object to an object. What is wrong is an answer too: {error, place}.
    request(object) {
      const text = JSON.stringify(object);
      const size = module.lengthBytesUTF8(text) + 1;
      const pointer = module._malloc(size);
      module.stringToUTF8(text, pointer, size);
      const answer = module.UTF8ToString(module._hinge_answer(pointer));
      module._free(pointer);
      return JSON.parse(answer);
    },
    // What each unit and output gives on a grid over the data, in the order of the answer's maps; valid until the next call.
    maps(width, height) {
      const pointer = module._hinge_maps(width, height);
      return new Float32Array(module.HEAPF32.buffer, pointer, module._hinge_map_values());
    },
  };
}
