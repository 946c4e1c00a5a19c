// The engine of the playground in node: what engine.js gives the page.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export async function openEngineOf(module) {
  const createEngine = createRequire(import.meta.url)(module);
  const script = readFileSync(fileURLToPath(new URL('../../apps/playground/engine.js', import.meta.url)), 'utf8');
  const openEngine = new Function('createEngine', `${script}; return openEngine;`)(createEngine);
  return openEngine(readFileSync(module.replace(/js$/, 'wasm')));
}

export function weightsOf(state) {
  return state.layers.flatMap((layer) => layer.parameters.flatMap((parameter) => parameter.values.flat()));
}
