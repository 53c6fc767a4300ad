// What waits for a time and is no timer, in a page and in its workers: it waits for the page's time.
const makeDelays = ({ scope, keep, addTimer, removeTimer }) => {
  if (scope.AbortSignal)
    scope.AbortSignal.timeout = (delay) => {
      const controller = new AbortController();
      addTimer(() => controller.abort(new DOMException("signal timed out", "TimeoutError")), delay);
      return controller.signal;
    };

  const scheduler = scope.Scheduler?.prototype;
  if (!scheduler) return;
  const { postTask, yield: giveWay } = scheduler;
  // A task is waited for until it has been called: what it waits for itself may take time.
  const post = (own, task, options) => {
    let called;
    keep(new Promise((resolve) => (called = resolve)));
    const call = () => {
      called();
      return task();
    };
    const promise = postTask.call(own, typeof task === "function" ? call : task, options);
    promise.then(called, called);
    return promise;
  };
  scheduler.postTask = function (task, options) {
    const { delay, priority, signal } = options ?? {};
    const rest = Object.fromEntries(Object.entries({ priority, signal }).filter(([, value]) => value !== undefined));
    if (!(delay > 0) || signal?.aborted) return post(this, task, rest);
    return new Promise((resolve, reject) => {
      const id = addTimer(() => post(this, task, rest).then(resolve, reject), delay);
      signal?.addEventListener("abort", () => (removeTimer(id), reject(signal.reason)), { once: true });
    });
  };
  scheduler.yield = function () {
    return keep(giveWay.call(this));
  };
};
