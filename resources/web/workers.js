// Brings the workers of a page to its time. What they compute takes none of it.
//
// Their clock, worker_clock.js, is put into them before their own script runs. A worker's messages and what is said to
// its clock go the same way, so that the one is through before the other.
const makeWorkers = ({ clock, turn, givenCanvases }) => {
  const MOST_MILLISECONDS = 20000; // for a worker that computes or loads meanwhile
  const MOST_ROUNDS = 20; // of messages and answers to them without any time between
  const live = new Map(); // worker -> {due, posted, isNew, answered}
  let isUnknown = false; // whether a worker keeps its own time
  let isUnflushed = false; // whether one does not wait for what it has decoded or encoded

  const RealWorker = window.Worker;
  const postMessage = RealWorker?.prototype.postMessage;
  const forget = (worker) => {
    live.get(worker)?.answered?.();
    live.delete(worker);
  };
  const watch = (worker) => {
    const state = { due: clock.now(), posted: 0, isNew: true, answered: null };
    live.set(worker, state);
    worker.addEventListener("message", (event) => {
      const answer = event.data?.__helios;
      if (!answer) return;
      event.stopImmediatePropagation();
      if (answer.hasWorkers) isUnknown = true;
      if (answer.isUnflushed) isUnflushed = true;
      if (answer.isCanvasLost) givenCanvases.lose();
      givenCanvases.take(answer.pictures ?? []);
      if (answer.isClosed) return forget(worker);
      state.due = answer.due;
      state.answered?.();
    });
    worker.addEventListener("error", (event) => event instanceof ErrorEvent || forget(worker)); // without a script
  };
  if (RealWorker) {
    window.Worker = new Proxy(RealWorker, {
      construct(target, [address, options], own) {
        const name = `__helios:${clock.epoch}:${clock.now()}:${options?.name ?? ""}`; // its clock cuts off the first part
        const worker = Reflect.construct(target, [address, { ...options, name }], own);
        watch(worker);
        return worker;
      },
    });
    RealWorker.prototype.postMessage = function (...values) {
      const state = live.get(this);
      if (!state) return postMessage.apply(this, values);
      state.posted++;
      const [message, options] = values;
      const transferred = options?.[Symbol.iterator] ? [...options] : [...(options?.transfer ?? [])];
      const canvases = transferred.length ? givenCanvases.send(message, transferred) : [];
      if (canvases.length) postMessage.call(this, { __helios: { canvases } }); // which are in the message that follows
      return postMessage.apply(this, values);
    };
    const { terminate } = RealWorker.prototype;
    RealWorker.prototype.terminate = function () {
      forget(this);
      return terminate.call(this);
    };
  }
  if (window.SharedWorker)
    window.SharedWorker = new Proxy(window.SharedWorker, { construct: (...values) => ((isUnknown = true), Reflect.construct(...values)) });
  // A service worker would answer what a page loads, in a time of its own: the page goes on as while it is installed.
  let hasServiceWorker = false;
  if (window.ServiceWorkerContainer) ServiceWorkerContainer.prototype.register = () => ((hasServiceWorker = true), new Promise(() => {}));
  const ask = (worker, state, wish) =>
    new Promise((resolve) => {
      const late = clock.later(() => ((isUnknown = true), live.delete(worker), resolve()), MOST_MILLISECONDS);
      state.answered = () => (clock.never(late), resolve());
      [state.posted, state.isNew] = [0, false];
      postMessage.call(worker, { __helios: wish });
    });
  const flush = async (time) => {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const busy = [...live].filter(([, state]) => state.posted || state.isNew);
      if (!busy.length) return;
      for (const [worker, state] of busy) await ask(worker, state, { until: time, isShown: true });
      await turn();
    }
  };

  // Return when the next timer of a worker is due.
  const nextDue = () => Math.min(Infinity, ...[...live.values()].map((state) => state.due));
  // Bring all workers to a time in milliseconds; at a frame, they run what they want to run at each frame.
  const reach = async (time, isFrame = false) => {
    for (const [worker, state] of [...live]) await ask(worker, state, { until: time, isFrame });
    if (live.size) await turn();
    await flush(time);
  };
  return { nextDue, reach, flush, hasUnknown: () => isUnknown, hasService: () => hasServiceWorker, areUnflushed: () => isUnflushed };
};
