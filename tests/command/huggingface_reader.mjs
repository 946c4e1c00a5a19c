// Reads the header of a model file with @huggingface/hub, the reader of the Hugging Face website, which asks for ranges
// of bytes by `fetch`: here they come from the file.
//
//   node huggingface_reader.mjs FOLDER_OF_NODE_MODULES MODEL
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, model] = process.argv.slice(2);
const require = createRequire(`${folder}/package.json`);
const hub = await import(pathToFileURL(require.resolve("@huggingface/hub")));
const file = readFileSync(model);

async function fetchFromFile(url, options) {
  const headers = new Headers(options?.headers);
  const range = /bytes=(\d+)-(\d+)?/.exec(headers.get("Range") ?? "");
  const [start, end] = range ? [Number(range[1]), Math.min(Number(range[2] ?? file.length - 1), file.length - 1)] : [0, file.length - 1];
  return new Response(file.subarray(start, end + 1), {
    status: range ? 206 : 200,
    headers: {
      "Content-Range": `bytes ${start}-${end}/${file.length}`,
      "Content-Length": String(end + 1 - start),
      ETag: '"model"',
    },
  });
}

const { header } = await hub.parseSafetensorsMetadata({
  repo: "a/model",
  path: "model.safetensors",
  fetch: fetchFromFile,
});
console.log(JSON.stringify(header["layers.0.weight"]));
console.log(header.__metadata__.format_version);
