/** AlexNet's training step on our engine. Arguments: seconds, precision, groups, classes, batch size, width. */
import { alexnet, createEngine, initialise, resolveProfile, startOptimizer } from '@alexnet/model';
import { openTensorflow } from '@alexnet/tensorflow';
import { serveRounds } from '../serve-rounds.ts';

const [seconds = '', precision = '', groups = '', classes = '', batchSize = '', width = ''] =
  process.argv.slice(2);
const profile = resolveProfile('paper', [
  `precision=${precision}`,
  `net.groups=${groups}`,
  `net.width=${width}`,
]);
const net = alexnet({ ...profile.net, classes: Number(classes) });
const meanImage = new Float32Array(227 * 227 * 3).fill(120);
const engine = await createEngine({
  tensorflow: openTensorflow({ device: 'cpu' }),
  net,
  profile,
  meanImage,
});
engine.load({ model: initialise(net, profile, 1), optimizer: startOptimizer(net, profile.optimizer) });

const count = Number(batchSize);
const bytes = count * meanImage.length;
const pixels = new Uint8Array(new ArrayBuffer(Math.ceil(bytes / 4) * 4), 0, bytes);
for (let i = 0; i < bytes; i++) pixels[i] = (i * 2654435761) >>> 24;
const labels = Int32Array.from({ length: count }, (_, i) => (i * 7) % net.classes);
const lighting = Float32Array.from({ length: count * 3 }, (_, i) => (i % 11) - 5);
const batch = { slices: [{ pixels, labels, lighting }] };

let step = 0;
await serveRounds(Number(seconds), () => {
  engine.step(batch, { step: step++, seed: 1, rates: { weights: 0.001, biases: 0.001 } });
  const [{ loss } = { loss: NaN }] = engine.readMetrics();
  if (!Number.isFinite(loss)) throw new RangeError(`a loss of ${loss}`);
  return count;
});
