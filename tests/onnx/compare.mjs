// Runs each NAME.onnx of a folder on the pixels in NAME.safetensors and compares with the logits there:
//   node compare.mjs WHERE_ONNXRUNTIME_WEB_IS FOLDER
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";

const [place, folder] = process.argv.slice(2);
const ort = createRequire(place + "/")("onnxruntime-web");
ort.env.wasm.numThreads = 1;

// The tensors of a safetensors file: a length of eight bytes, a header in JSON, the numbers.
function tensors(file) {
    const bytes = readFileSync(file), start = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, start));
    delete header.__metadata__;
    return Object.fromEntries(Object.entries(header).map(([name, { shape, data_offsets: [from, to] }]) => {
        const numbers = bytes.subarray(start + from, start + to);
        const values = Float32Array.from({ length: numbers.length / 4 }, (_, i) => numbers.readFloatLE(4 * i));
        return [name, { shape, values }];
    }));
}

let failed = 0, worst = 0;
for (const file of readdirSync(folder).filter((name) => name.endsWith(".onnx")).sort()) {
    const { pixels, logits } = tensors(`${folder}/${file.replace(".onnx", ".safetensors")}`);
    const session = await ort.InferenceSession.create(readFileSync(`${folder}/${file}`));
    const result = (await session.run({ pixels: new ort.Tensor("float32", pixels.values, pixels.shape) })).logits;
    const scale = Math.max(1, ...logits.values.map(Math.abs));
    const gap = Math.max(...logits.values.map((value, i) => Math.abs(value - result.data[i]))) / scale;
    const alike = result.dims.join() === logits.shape.join() && gap < 1e-4;
    if (!alike) console.log(`${file}: differs by ${gap}, shapes ${result.dims} and ${logits.shape}`);
    failed += !alike;
    worst = Math.max(worst, gap);
}
console.log(`onnxruntime-web gives our logits, at most ${worst.toExponential(1)} apart`.repeat(failed === 0));
process.exit(failed > 0 ? 1 : 0);
