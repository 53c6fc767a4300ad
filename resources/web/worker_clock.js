// Gives a worker the time of its page. Runs in it before its own script; workers.js is its other side.
(() => {
  "use strict";
  const mark = /^__helios:(\d+):([\d.e+-]+):/.exec(self.name);
  if (!mark) return; // a worker of a worker
  const [epoch, start] = [Number(mark[1]), Number(mark[2])];
  const redefine = (target, name, descriptor) =>
    Object.defineProperty(target, name, { configurable: true, enumerable: true, ...descriptor });
  redefine(self, "name", { value: self.name.slice(mark[0].length), writable: true });

  const MOST_TASKS = 100000; // until a worker's timers must have come to rest
  const real = { Date, close: self.close, createImageBitmap: self.createImageBitmap?.bind(self) };
  const later = self.setTimeout.bind(self);
  const post = self.postMessage.bind(self);
  let now = start;
  let hasWorkers = false;

  const channel = new MessageChannel();
  const turns = [];
  channel.port1.onmessage = () => turns.shift()();
  const turn = () => new Promise((resolve) => (turns.push(resolve), channel.port2.postMessage(0)));

  // -- what takes none of the page's time: loading, decoding, compiling
  const { keep, hold, nothingPending, isUnflushed } = makePending({ scope: self, turn, later, today: real.Date.now });
  hold(self, "fetch");

  makeMachine(self, language);
  makeDates({ scope: self, epoch, born: start, now: () => now, seed: 0x574f524b });

  // -- WebGL, as in canvas.js
  for (const context of [self.WebGLRenderingContext, self.WebGL2RenderingContext]) {
    if (!context) continue;
    const { getExtension, getSupportedExtensions } = context.prototype;
    const later = "KHR_parallel_shader_compile";
    context.prototype.getExtension = function (name) {
      return String(name).toLowerCase() === later.toLowerCase() ? null : getExtension.call(this, name);
    };
    context.prototype.getSupportedExtensions = function () {
      return getSupportedExtensions.call(this)?.filter((name) => name !== later) ?? null;
    };
  }

  // -- timers and frames
  const timers = new Map(); // id -> {due, every, depth, call}
  let frames = new Map();
  let [lastId, depth] = [0, 0];
  const addTimer = (every) => (callback, delay, ...values) => {
    const call = typeof callback === "function" ? () => callback(...values) : () => (0, eval)(String(callback));
    const pause = Math.max(depth >= 5 ? 4 : every ? 1 : 0, Number(delay) || 0);
    timers.set(++lastId, { due: now + pause, every: every ? pause : 0, depth: depth + 1, call });
    return lastId;
  };
  const removeTimer = (id) => void timers.delete(id);
  const ours = { setTimeout: addTimer(false), setInterval: addTimer(true), clearTimeout: removeTimer, clearInterval: removeTimer };
  for (const name in ours) redefine(self, name, { value: ours[name], writable: true });
  makeDelays({ scope: self, keep, addTimer: ours.setTimeout, removeTimer });
  if (self.requestAnimationFrame) {
    self.requestAnimationFrame = (callback) => (frames.set(++lastId, callback), lastId);
    self.cancelAnimationFrame = (id) => void frames.delete(id);
  }
  const tryTo = (call) => {
    try {
      call();
    } catch (error) {
      reportError(error);
    }
  };
  const next = () => [...timers].reduce((first, one) => (!first || one[1].due < first[1].due ? one : first), null);
  const runTimers = async (until) => {
    await turn();
    await nothingPending();
    for (let count = 0, first; (first = next()) && first[1].due <= until && count < MOST_TASKS; count++) {
      const [id, timer] = first;
      now = Math.max(now, timer.due);
      timers.delete(id);
      if (timer.every) timers.set(id, Object.assign(timer, { due: now + timer.every }));
      depth = timer.depth;
      tryTo(timer.call);
      depth = 0;
      await turn();
      await nothingPending();
    }
    now = Math.max(now, until);
  };
  const runFrames = async () => {
    const due = frames;
    frames = new Map();
    for (const [id, callback] of due) if (due.has(id)) tryTo(() => callback(now - start));
    await turn();
    await nothingPending();
  };
  // -- the canvases of the page, see offscreen.js
  const offscreen = makeOffscreenContexts(self);
  const canvases = new Map(); // number -> OffscreenCanvas
  let announced = []; // numbers of those in the next message
  const takeCanvases = (message) => {
    const found = canvasesIn(message); // none, where the message before could not be sent
    if (found.length === announced.length) announced.forEach((number, index) => canvases.set(number, found[index]));
    announced = [];
  };
  const takePictures = async () => {
    const pictures = [];
    for (const [number, canvas] of canvases) {
      const shown = offscreen.shown(canvas);
      if (shown) pictures.push([number, shown === canvas ? await real.createImageBitmap(canvas) : shown]);
    }
    return pictures;
  };

  // -- the page
  self.addEventListener(
    "message",
    async (event) => {
      const wish = event.data?.__helios;
      if (!wish && announced.length) takeCanvases(event.data);
      if (!wish) return;
      event.stopImmediatePropagation();
      if (wish.canvases) return void (announced = wish.canvases);
      await runTimers(wish.until);
      if (wish.isFrame) await runFrames();
      const pictures = wish.isFrame || wish.isShown ? await takePictures() : [];
      const isCanvasLost = [...canvases.values()].some(offscreen.isLost);
      const answer = { due: next()?.[1].due ?? Infinity, hasWorkers, isCanvasLost, isUnflushed: isUnflushed(), pictures };
      post({ __helios: answer }, pictures.map(([, picture]) => picture));
    },
    true,
  );
  self.close = () => {
    post({ __helios: { isClosed: true } });
    real.close.call(self);
  };
  if (self.Worker) self.Worker = new Proxy(self.Worker, { construct: (...values) => ((hasWorkers = true), Reflect.construct(...values)) });
})();
