/**
 * Predictions of the exported net in a browser. A plain script, after tf.min.js and alexnet-layers.js; it offers
 * `loadNet` and `predict` to every page beside model.json.
 */
/* exported predict */
const TOP = 5;
let loading;

/** The model, and what the export says about it: run, checkpoint, step, classes, storedSide, inputSide. Loaded once. */
function loadNet() {
  loading ??= (async () => {
    await tf.ready();
    // Without the slash tfjs looks for the weights in the root of the server.
    const model = await tf.loadLayersModel('./model.json');
    return { model, ...model.getUserDefinedMetadata() };
  })();
  return loading;
}

/**
 * The most probable classes of an image, best first: [{class, probability}].
 * @param source - its address, a File or Blob, or an element, e.g. an <img>
 */
async function predict(source) {
  const { model, classes, storedSide, inputSide } = await loadNet();
  const square = await decodeSquare(source, storedSide);
  const margin = Math.floor((storedSide - inputSide) / 2);
  const probabilities = tf.tidy(() => {
    const pixels = tf.browser.fromPixels(square.getImageData(margin, margin, inputSide, inputSide));
    return model.predict(tf.expandDims(tf.cast(pixels, 'float32')));
  });
  const values = await probabilities.data();
  probabilities.dispose();
  return Array.from(values, (probability, label) => ({ class: classes[label], probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, TOP);
}

/** The image on white, its shorter side scaled to `side`, the middle of it: a canvas' context of side × side pixels. */
async function decodeSquare(source, side) {
  const image = await createImageBitmap(typeof source === 'string' ? await download(source) : source);
  const context = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true });
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  const shorter = Math.min(image.width, image.height);
  const [left, top] = [(image.width - shorter) / 2, (image.height - shorter) / 2];
  context.drawImage(image, left, top, shorter, shorter, 0, 0, side, side);
  image.close();
  return context;
}

async function download(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
  return response.blob();
}
