import type { Classification } from '@alexnet/model';
import type { EvaluationReport } from '@alexnet/pipeline';

type Mistake = Omit<EvaluationReport['mistakes'][number], 'name'>;

/** What a tally comes to: everything of a report that is counted class by class. */
export type ClassFigures = Pick<EvaluationReport, 'perClass' | 'confusions' | 'confusionsLeftOut'> & {
  mistakes: Mistake[];
};

/** Every pair of 32 classes: reports stay small however many classes there are. */
const MOST_CONFUSIONS = 1_000;
const MOST_MISTAKES = 48;

const TOP_FIVE = 5;

/** Counts what images of each class were classified as. */
export class ClassTally {
  readonly #classes: number;
  readonly #perClass: EvaluationReport['perClass'];
  /** Images by label · classes + predicted class, where these differ. */
  readonly #confusions = new Map<number, number>();
  #mistakes: Mistake[] = [];

  constructor(classes: number) {
    const zeros = (): number[] => new Array<number>(classes).fill(0);
    this.#classes = classes;
    this.#perClass = { images: zeros(), top1: zeros(), top5: zeros(), predicted: zeros() };
  }

  /** @param samples ids of the images, in their order */
  add(
    { count, labels, places, predicted, confidences }: Omit<Classification, 'lossSum' | 'top1' | 'top5'>,
    samples: ArrayLike<number>,
  ): void {
    const { images, top1, top5, predicted: all } = this.#perClass;
    for (let i = 0; i < count; i++) {
      const [label, place, guess] = [labels[i], places[i], predicted[i]] as [number, number, number];
      increment(images, label);
      increment(all, guess);
      if (place <= TOP_FIVE) increment(top5, label);
      if (place === 1) increment(top1, label);
      else {
        const pair = label * this.#classes + guess;
        this.#confusions.set(pair, (this.#confusions.get(pair) ?? 0) + 1);
        const [id, probability] = [samples[i], confidences[i]] as [number, number];
        this.#mistakes.push({ id, label, predicted: guess, probability });
      }
    }
    this.#mistakes = this.#mistakes
      .sort((a, b) => b.probability - a.probability || a.id - b.id)
      .slice(0, MOST_MISTAKES);
  }

  figures(): ClassFigures {
    const confusions = [...this.#confusions]
      .sort(([a, images], [b, others]) => others - images || a - b)
      .map(([pair, images]) => ({
        label: Math.floor(pair / this.#classes),
        predicted: pair % this.#classes,
        images,
      }));
    return {
      perClass: this.#perClass,
      confusions: confusions.slice(0, MOST_CONFUSIONS),
      confusionsLeftOut: Math.max(0, confusions.length - MOST_CONFUSIONS),
      mistakes: this.#mistakes,
    };
  }
}

function increment(counts: number[], at: number): void {
  counts[at] = (counts[at] as number) + 1;
}
