/** What index.html does: takes images, and shows what `predict` says to them, the newest first. */
/* global loadNet, predict */
const find = (selector, root = document) => root.querySelector(selector);
const copyOf = (template) => find(template).content.firstElementChild.cloneNode(true);
const say = (text) => (find('#status').textContent = text);

async function start() {
  if (location.protocol === 'file:') {
    say(
      'Browsers do not load the net from a file. In this folder run "python3 -m http.server 8000", then open http://127.0.0.1:8000.',
    );
    return;
  }
  try {
    const { run, classes, step } = await loadNet();
    find('#run').textContent = run;
    document.title = `${run} · AlexNet`;
    say(`AlexNet · ${classes.length} classes · ${step.toLocaleString()} steps · computes with ${backend()}`);
  } catch (error) {
    say(`The net could not be loaded: ${error.message}`);
  }
}

/** Half precision, all that some devices have, makes probabilities less exact: the page says so. */
function backend() {
  const half = tf.getBackend() === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');
  return half ? 'webgl, in half precision' : tf.getBackend();
}

/** One after the other, so that the first result does not wait for the last. */
async function show(files) {
  const shown = [...files].map((file) => ({ file, card: cardOf(file) }));
  find('#results').prepend(...shown.map(({ card }) => card));
  for (const { file, card } of shown) {
    try {
      fill(card, await predict(file));
    } catch (error) {
      card.classList.add('failed');
      name(card, `${file.name}: ${error.message}`);
    }
  }
}

function cardOf(file) {
  const card = copyOf('#result');
  const image = find('img', card);
  image.src = URL.createObjectURL(file);
  image.onload = image.onerror = () => URL.revokeObjectURL(image.src);
  name(card, file.name);
  return card;
}

/** A long one is cut short. */
function name(card, text) {
  const heading = find('h2', card);
  heading.textContent = text;
  heading.title = text;
}

function fill(card, top) {
  const lines = top.map(({ class: label, probability }) => {
    const line = copyOf('#line');
    find('.class', line).textContent = label;
    find('.percent', line).textContent = `${(100 * probability).toFixed(1)} %`;
    find('.bar', line).style.setProperty('--share', probability);
    return line;
  });
  find('.top', card).replaceChildren(...lines);
  card.classList.add('done');
}

find('#files').addEventListener('change', ({ target }) => {
  const files = [...target.files];
  target.value = '';
  void show(files);
});
for (const type of ['dragover', 'dragleave', 'drop']) {
  addEventListener(type, (event) => {
    event.preventDefault();
    find('#drop').classList.toggle('over', type === 'dragover');
    if (type === 'drop') void show(event.dataTransfer.files);
  });
}
void start();
