// Gives the workers that a page makes of its own text its time: their timers are those of metronomes and players.
const makeWorkers = ({ clock, turn }) => {
  const MOST_MILLISECONDS = 2000; // for a worker that computes meanwhile
  const blobs = new Map();
  const live = new Map(); // port -> when its next timer is due
  const createObjectURL = URL.createObjectURL;
  URL.createObjectURL = (object) => {
    const address = createObjectURL.call(URL, object);
    if (object instanceof Blob && /script|^$/.test(object.type)) blobs.set(address, object);
    return address;
  };

  // Runs in the worker, before its own text.
  const prelude = (start, epoch) => {
    const timers = new Map();
    const RealDate = Date;
    let [now, lastId, port] = [start, 0, null];
    const add = (every) => (call, delay, ...values) => {
      const pause = Math.max(every ? 1 : 0, Number(delay) || 0);
      timers.set(++lastId, { due: now + pause, every: every ? pause : 0, call: () => call(...values) });
      tell();
      return lastId;
    };
    const next = () => [...timers].reduce((first, one) => (!first || one[1].due < first[1].due ? one : first), null);
    const tell = (done = false) => port?.postMessage({ done, due: next()?.[1].due ?? Infinity });
    self.setTimeout = add(false);
    self.setInterval = add(true);
    self.clearTimeout = self.clearInterval = (id) => (timers.delete(id), tell());
    self.performance.now = () => now - start;
    self.Date = new Proxy(RealDate, {
      construct: (target, values, own) => Reflect.construct(target, values.length ? values : [epoch + now], own),
      get: (target, name) => (name === "now" ? () => Math.floor(epoch + now) : Reflect.get(target, name)),
    });
    self.addEventListener("message", (event) => {
      if (!event.data?.__heliosPort) return;
      event.stopImmediatePropagation();
      port = event.data.__heliosPort;
      port.onmessage = ({ data: until }) => {
        for (let first = next(); first && first[1].due <= until; first = next()) {
          const [id, timer] = first;
          now = Math.max(now, timer.due);
          if (timer.every) timer.due = now + timer.every;
          else timers.delete(id);
          timer.call();
        }
        now = Math.max(now, until);
        tell(true);
      };
      tell();
    });
  };

  const RealWorker = window.Worker;
  if (RealWorker)
    window.Worker = new Proxy(RealWorker, {
      construct(target, [address, options], own) {
        const blob = blobs.get(String(address));
        if (!blob || options?.type === "module") {
          unknown = true;
          return Reflect.construct(target, [address, options], own);
        }
        const text = `(${prelude})(${clock.now()}, ${clock.epoch});\n`;
        const wrapped = createObjectURL.call(URL, new Blob([text, blob], { type: "text/javascript" }));
        const worker = Reflect.construct(target, [wrapped, options], own);
        const { port1, port2 } = new MessageChannel();
        worker.postMessage({ __heliosPort: port2 }, [port2]);
        const state = { due: clock.now(), answered: null };
        live.set(port1, state);
        port1.onmessage = ({ data }) => {
          state.due = data.due;
          if (data.done) state.answered?.();
        };
        const terminate = worker.terminate;
        worker.terminate = () => (live.delete(port1), terminate.call(worker));
        return worker;
      },
    });
  let unknown = false;

  // Return when the next timer of a worker is due.
  const nextDue = () => Math.min(Infinity, ...[...live.values()].map((state) => state.due));
  // Bring all workers to a time in milliseconds.
  const reach = async (time) => {
    for (const [port, state] of live) {
      await new Promise((resolve) => {
        const late = clock.later(() => resolve(live.delete(port)), MOST_MILLISECONDS);
        state.answered = () => resolve(clock.never(late));
        port.postMessage(time);
      });
      await turn();
    }
  };
  return { nextDue, reach, hasUnknown: () => unknown };
};
