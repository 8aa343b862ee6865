// Of several questions only the last one's answer counts: the others are called off.

export class Latest {
  #controller = null;

  /** Calls off the question before, and gives the signal of the next. */
  next() {
    this.cancel();
    this.#controller = new AbortController();
    return this.#controller.signal;
  }

  cancel() {
    this.#controller?.abort();
  }
}
