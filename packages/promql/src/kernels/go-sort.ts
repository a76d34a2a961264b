/**
 * Sorts in place with the algorithm of Go's `sort.Sort` (pattern-defeating quicksort), which is not stable: where elements
 * are equal their order is part of what Prometheus answers, and what `topk` picks among them. `less` must not depend on
 * anything but the two elements; it may be inconsistent, as Prometheus' is for NaN.
 */
export function goSort<E>(list: E[], less: (a: E, b: E) => boolean): void {
  if (list.length > 1) new Pdq(list, less).sort(0, list.length, bitLength(list.length));
}

const bitLength = (n: number): number => 32 - Math.clz32(n);

const MAX_INSERTION = 12;
/** From this length on the pivot is the median of nine. */
const NINTHER = 50;
/** Swaps in choosing a pivot that mean: the range is in descending order. */
const MAX_SWAPS = 12;
/** Pairs out of order that are put right before a range no longer counts as nearly sorted. */
const MAX_STEPS = 5;
/** Ranges shorter than this are not put right that way. */
const SHORTEST_SHIFTING = 50;

type Hint = 'unknown' | 'increasing' | 'decreasing';

class Pdq<E> {
  readonly #list: E[];
  readonly #before: (a: E, b: E) => boolean;
  #swaps = 0;

  constructor(list: E[], less: (a: E, b: E) => boolean) {
    this.#list = list;
    this.#before = less;
  }

  #less(i: number, j: number): boolean {
    return this.#before(this.#list[i], this.#list[j]);
  }

  #swap(i: number, j: number): void {
    const list = this.#list;
    const kept = list[i];
    list[i] = list[j];
    list[j] = kept;
  }

  /** Sorts [from, to); falls back to a heap when `limit` choices were bad. */
  sort(from: number, to: number, limit: number): void {
    let a = from;
    let b = to;
    let left = limit;
    let balanced = true;
    let partitioned = true;
    for (;;) {
      const length = b - a;
      if (length <= MAX_INSERTION) return this.#insertionSort(a, b);
      if (left === 0) return this.#heapSort(a, b);
      if (!balanced) {
        this.#breakPatterns(a, b);
        left--;
      }
      let { pivot, hint } = this.#choosePivot(a, b);
      if (hint === 'decreasing') {
        this.#reverse(a, b);
        pivot = b - 1 - (pivot - a);
        hint = 'increasing';
      }
      if (balanced && partitioned && hint === 'increasing' && this.#partialInsertionSort(a, b)) return;
      if (a > 0 && !this.#less(a - 1, pivot)) {
        a = this.#partitionEqual(a, b, pivot);
        continue;
      }
      const { middle, already } = this.#partition(a, b, pivot);
      partitioned = already;
      const threshold = Math.floor(length / 8);
      if (middle - a < b - middle) {
        balanced = middle - a >= threshold;
        this.sort(a, middle, left);
        a = middle + 1;
      } else {
        balanced = b - middle >= threshold;
        this.sort(middle + 1, b, left);
        b = middle;
      }
    }
  }

  #insertionSort(a: number, b: number): void {
    for (let i = a + 1; i < b; i++) for (let j = i; j > a && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
  }

  #heapSort(a: number, b: number): void {
    const n = b - a;
    for (let i = (n - 1) >> 1; i >= 0; i--) this.#siftDown(i, n, a);
    for (let i = n - 1; i >= 0; i--) {
      this.#swap(a, a + i);
      this.#siftDown(0, i, a);
    }
  }

  #siftDown(start: number, end: number, first: number): void {
    for (let root = start; ;) {
      let child = 2 * root + 1;
      if (child >= end) return;
      if (child + 1 < end && this.#less(first + child, first + child + 1)) child++;
      if (!this.#less(first + root, first + child)) return;
      this.#swap(first + root, first + child);
      root = child;
    }
  }

  #reverse(a: number, b: number): void {
    for (let i = a, j = b - 1; i < j; i++, j--) this.#swap(i, j);
  }

  #partition(a: number, b: number, pivot: number): { middle: number; already: boolean } {
    this.#swap(a, pivot);
    let i = a + 1;
    let j = b - 1;
    const close = (): void => {
      while (i <= j && this.#less(i, a)) i++;
      while (i <= j && !this.#less(j, a)) j--;
    };
    close();
    const already = i > j;
    while (i <= j) {
      this.#swap(i++, j--);
      close();
    }
    this.#swap(j, a);
    return { middle: j, already };
  }

  /** Puts what equals the pivot first; gives where the rest begins. */
  #partitionEqual(a: number, b: number, pivot: number): number {
    this.#swap(a, pivot);
    let i = a + 1;
    let j = b - 1;
    for (;;) {
      while (i <= j && !this.#less(a, i)) i++;
      while (i <= j && this.#less(a, j)) j--;
      if (i > j) return i;
      this.#swap(i++, j--);
    }
  }

  /** Puts a few pairs right; whether the range is sorted then. */
  #partialInsertionSort(a: number, b: number): boolean {
    let i = a + 1;
    for (let step = 0; step < MAX_STEPS; step++) {
      while (i < b && !this.#less(i, i - 1)) i++;
      if (i === b) return true;
      if (b - a < SHORTEST_SHIFTING) return false;
      this.#swap(i, i - 1);
      if (i - a >= 2) for (let j = i - 1; j >= 1 && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
      if (b - i >= 2) for (let j = i + 1; j < b && this.#less(j, j - 1); j++) this.#swap(j, j - 1);
    }
    return false;
  }

  #breakPatterns(a: number, b: number): void {
    const length = b - a;
    if (length < 8) return;
    const random = new Xorshift(length);
    const mask = 2 ** bitLength(length) - 1;
    const middle = a + Math.floor(length / 4) * 2 - 1;
    for (let i = 0; i < 3; i++) {
      let other = random.next() & mask;
      if (other >= length) other -= length;
      this.#swap(middle - 1 + i, a + other);
    }
  }

  #choosePivot(a: number, b: number): { pivot: number; hint: Hint } {
    const length = b - a;
    const quarter = Math.floor(length / 4);
    this.#swaps = 0;
    let i = a + quarter;
    let j = a + quarter * 2;
    let k = a + quarter * 3;
    if (length >= 8) {
      if (length >= NINTHER) {
        i = this.#median(i - 1, i, i + 1);
        j = this.#median(j - 1, j, j + 1);
        k = this.#median(k - 1, k, k + 1);
      }
      j = this.#median(i, j, k);
    }
    const hint = this.#swaps === 0 ? 'increasing' : this.#swaps === MAX_SWAPS ? 'decreasing' : 'unknown';
    return { pivot: j, hint };
  }

  #median(a: number, b: number, c: number): number {
    let [x, y] = this.#order(a, b);
    const [low] = this.#order(y, c);
    y = low;
    [x, y] = this.#order(x, y);
    return y;
  }

  #order(a: number, b: number): [number, number] {
    if (!this.#less(b, a)) return [a, b];
    this.#swaps++;
    return [b, a];
  }
}

/** Go's 64-bit xorshift in two 32-bit words; `next` gives the low word. */
class Xorshift {
  #high = 0;
  #low: number;

  constructor(seed: number) {
    this.#low = seed;
  }

  next(): number {
    this.#left(13);
    const high = this.#high;
    this.#high ^= high >>> 7;
    this.#low ^= (this.#low >>> 7) | (high << 25);
    this.#left(17);
    return this.#low;
  }

  /** x ^= x << bits. */
  #left(bits: number): void {
    this.#high ^= (this.#high << bits) | (this.#low >>> (32 - bits));
    this.#low ^= this.#low << bits;
  }
}
