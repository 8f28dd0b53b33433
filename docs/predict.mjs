// What a model sees in an image, computed by onnxruntime:   node predict.mjs MODEL.onnx IMAGE.pgm CLASS...
import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-web";

const [model, file, ...classes] = process.argv.slice(2);
const session = await ort.InferenceSession.create(readFileSync(model));

const image = readFileSync(file);  // PGM: a line or three of text, then a byte for each pixel
const [header, width, height] = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(image.toString("latin1"));
const pixels = Float32Array.from(image.subarray(header.length));  // 0 to 255, as they are

const feeds = { pixels: new ort.Tensor("float32", pixels, [1, 1, Number(height), Number(width)]) };
const logits = (await session.run(feeds)).logits.data;

const powers = logits.map((z) => Math.exp(z - Math.max(...logits)));
const sum = powers.reduce((a, b) => a + b);
const guesses = [...powers].map((p, k) => ({ name: classes[k] ?? String(k), share: (100 * p) / sum }));
guesses.sort((a, b) => b.share - a.share);
for (const { name, share } of guesses.slice(0, 3)) console.log(`${name} ${share.toFixed(2)} %`);
