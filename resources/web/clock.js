// Gives a page a clock of its own. Runs in every frame before any script of the page.
//
// Time stands still until advance(milliseconds) is called: Date, performance.now, timers, requestAnimationFrame,
// animations, transitions, SVG and media all show that time. So frame n is the same picture whenever it is made.
(() => {
  "use strict";
  if (window.__heliosClock) return;

  const EPOCH = 1704067200000; // 2024-01-01T00:00:00Z: what Date says at the first frame
  const MOST_TIMERS_PER_STEP = 200000;

  const real = {
    Date,
    setTimeout: window.setTimeout.bind(window),
    clearTimeout: window.clearTimeout.bind(window),
    requestAnimationFrame: window.requestAnimationFrame.bind(window),
  };
  const original = (prototype, name) => Object.getOwnPropertyDescriptor(prototype, name);
  const redefine = (target, name, descriptor) =>
    Object.defineProperty(target, name, { configurable: true, enumerable: true, ...descriptor });

  let now = takeOver();
  const born = now;

  // -- one turn of the event loop, so that promises and messages are through
  const channel = new MessageChannel();
  const turns = [];
  channel.port1.onmessage = () => turns.shift()();
  const turn = () => new Promise((resolve) => (turns.push(resolve), channel.port2.postMessage(0)));

  // -- what a page waits for and no timer tells: decoding, reading, compiling. It takes none of the page's time.
  const { keep, hold, nothingPending, isUnflushed } = makePending({ scope: window, turn, later: real.setTimeout, today: real.Date.now });
  hold(window, "fetch");
  // A browser tells that something has loaded when it has been read, and a page may want no more than the headers.
  const drain = async (response) => {
    const reader = response.clone().body?.getReader();
    while (reader && !(await reader.read()).done);
  };
  const heldFetch = window.fetch;
  window.fetch = function (...values) {
    const promise = heldFetch.apply(this, values);
    promise.then(drain).catch(() => {}); // the page hears of what went wrong by its own promise
    return promise;
  };
  hold(HTMLImageElement.prototype, "decode", function () {
    return this.loading !== "lazy"; // which may never be loaded
  });
  const { toBlob } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.toBlob = function (callback, ...values) {
    let done;
    const promise = new Promise((resolve) => (done = resolve));
    toBlob.call(this, (blob) => (done(), callback(blob)), ...values);
    keep(promise);
  };
  hold(window.BaseAudioContext?.prototype, "decodeAudioData");
  hold(window.Worklet?.prototype, "addModule");
  makeElementLoads({ scope: window, keep, later: real.setTimeout, today: real.Date.now });
  makeMessages({ scope: window, keep, later: real.setTimeout });
  const documents = makeDocuments({ scope: window, keep, isSteady, now: () => now });

  makeMachine(window, language);
  let lead = 0; // milliseconds by which the page's clocks are ahead of the film's, see beginFrames
  const { local, random } = makeDates({ scope: window, epoch: EPOCH, born, now: () => now + lead, seed: 0x48454c49 });

  // -- timers
  const timers = new Map(); // id -> {due, order, call, every, depth}
  let lastId = 0;
  let depth = 0; // how many timers set each other: browsers slow those down
  let waiting = false; // for what the page says must be ready, see waitUntilStable
  const addTimer = (callback, delay, values, every) => {
    const call = typeof callback === "function" ? () => callback(...values) : () => (0, eval)(String(callback));
    const least = depth >= 5 ? 4 : every ? 1 : 0;
    const pause = Math.max(least, Number(delay) || 0);
    const id = ++lastId;
    timers.set(id, { due: now + pause, order: id, call, every: every ? Math.max(1, pause) : 0, depth: depth + 1 });
    if (waiting && !every) {
      // The page's time stands still while a frame waits: what it waits with must run on.
      timers.get(id).due = Infinity;
      real.setTimeout(() => timers.delete(id) && call(), pause);
    }
    return id;
  };
  window.setTimeout = (callback, delay, ...values) => addTimer(callback, delay, values, false);
  window.setInterval = (callback, delay, ...values) => addTimer(callback, delay, values, true);
  window.clearTimeout = window.clearInterval = (id) => void timers.delete(id);
  makeDelays({
    scope: window,
    keep,
    addTimer: (callback, delay) => addTimer(callback, delay, [], false),
    removeTimer: window.clearTimeout,
  });
  window.requestIdleCallback = (callback) =>
    addTimer(() => callback({ didTimeout: false, timeRemaining: () => 10 }), 1, [], false);
  window.cancelIdleCallback = (id) => void timers.delete(id);

  const nextTimer = (until) => {
    let found = null;
    for (const [id, timer] of timers)
      if (timer.due <= until && (!found || timer.due < found.due || (timer.due === found.due && timer.order < found.order)))
        found = Object.assign(timer, { id });
    return found;
  };
  const report = (error) => (typeof reportError === "function" ? reportError(error) : console.error(error));
  // A screen shows a page more often than a film: what the page changes, and changes again when a screen has shown it, may
  // begin a transition.
  const SCREEN_FRAME = 1000 / 60;
  let unseenSince = Infinity; // when a timer ran after which no screen would have shown the page
  const showBetween = (due) => {
    const shown = Math.floor(due / SCREEN_FRAME) * SCREEN_FRAME;
    if (shown <= unseenSince) return;
    now = Math.max(now, shown);
    animations.begin();
    drawingBuffers.begin();
    unseenSince = Infinity;
  };
  const runTimers = async (until) => {
    await media.ready();
    for (let count = 0; ; count++) {
      const timer = nextTimer(until);
      const due = workers.nextDue();
      if (due <= (timer ? timer.due : until)) {
        now = Math.max(now, due);
        await webAudio.reach();
        await workers.reach(now);
        await afterTask();
        continue;
      }
      const end = media.nextEnd(timer ? timer.due : until);
      if (!timer && !end) return;
      if (count > MOST_TIMERS_PER_STEP) throw new Error("The page's timers never come to rest.");
      if (end) {
        now = Math.max(now, end.due);
        await webAudio.reach();
        end.end();
        await afterTask();
        continue;
      }
      showBetween(timer.due);
      now = Math.max(now, timer.due);
      await webAudio.reach();
      if (timer.every) Object.assign(timer, { due: now + timer.every, order: ++lastId });
      else timers.delete(timer.id);
      depth = timer.depth;
      try {
        timer.call();
      } catch (error) {
        report(error);
      }
      depth = 0;
      unseenSince = Math.min(unseenSince, now);
      await afterTask();
    }
  };
  const afterTask = async () => {
    await turn();
    await nothingPending();
    await media.ready();
    media.note();
  };

  // -- requestAnimationFrame
  let frames = new Map();
  let laterFrames = new Map(); // of the next frame, while this one waits
  window.requestAnimationFrame = (callback) => (frames.set(++lastId, callback), lastId);
  window.cancelAnimationFrame = (id) => void (frames.delete(id), laterFrames.delete(id));
  const runFrames = () => {
    const due = frames;
    frames = new Map();
    for (const [id, callback] of due) {
      if (!due.has(id)) continue;
      try {
        callback(local());
      } catch (error) {
        report(error);
      }
    }
  };

  // -- canvases of WebGL
  const drawingBuffers = makeDrawingBuffers(window);

  // Run what a page does at its first frame until it has drawn something, with its clocks a bit ahead if need be.
  const firstFrame = makeFirstFrame(window);
  const LEADS = [1, 2, 3, 4, 5, 6].map((count) => (count * 1000) / 60);
  const MOST_PREPARATIONS = 5;
  const runFramesThrough = async () => {
    runFrames();
    const { made } = firstFrame.counts();
    await turn();
    await nothingPending();
    const counts = firstFrame.counts();
    return counts.made > made && counts.isUnseen; // whether the page has made ready what it was to draw
  };
  const beginFrames = async () => {
    const before = window.p5 ? firstFrame.counts().drawn : 0; // which draws a background on its way
    const isDrawn = () => firstFrame.counts().drawn > before;
    let isPreparing = await runFramesThrough();
    for (const ahead of LEADS) {
      // Nothing is known of a canvas that a worker draws.
      if (isDrawn() || !frames.size || givenCanvases.areSent() || !document.querySelector("canvas")) break;
      lead = ahead;
      drawingBuffers.begin();
      isPreparing = await runFramesThrough();
    }
    if (!isDrawn()) lead = 0; // it waits for something else
    for (let count = 0; isPreparing && frames.size && count < MOST_PREPARATIONS; count++) {
      drawingBuffers.begin();
      isPreparing = await runFramesThrough();
    }
    firstFrame.end();
  };

  // -- CSS animations, transitions, and element.animate()
  const shadowRoots = makeShadowRoots(window);
  const { roots } = shadowRoots;
  const animations = makeAnimations({ clock: { now: () => now, local }, shadowRoots, original, redefine });
  const pinAnimations = animations.pin;
  const layers = makeLayers({ document, roots, animations: animations.present });

  // -- the caret, which blinks in a time of its own: it is steady
  const steadyCaret = () => {
    const steady = new CSSStyleSheet();
    steady.replaceSync(":root { caret-animation: manual }"); // inherited
    document.adoptedStyleSheets.push(steady);
  };
  window.addEventListener("focusin", steadyCaret, { once: true, capture: true });

  // -- SVG animations
  const pictures = new WeakMap();
  const filters = document.getElementsByTagName("filter"); // live
  const hasFilters = () => filters.length > 0 || [...roots].some((root) => root !== document && root.querySelector("filter"));
  const bars = document.getElementsByTagName("progress"); // live
  const isUnsteady = (bar) => bar.matches(":indeterminate") && getComputedStyle(bar).appearance !== "none" && bar.checkVisibility();
  const pinPictures = () => {
    for (const picture of [...roots].flatMap((root) => [...root.querySelectorAll("svg")])) {
      if (picture.ownerSVGElement) continue;
      if (!pictures.has(picture)) {
        pictures.set(picture, now);
        picture.pauseAnimations();
      }
      picture.setCurrentTime((now - pictures.get(picture)) / 1000);
    }
  };

  // -- video and audio
  const composition = makeComposition({ now: () => now, report });
  const recordings = makeRecordings(window);
  const seeks = makeSeeks({
    clock: { now: () => now, isSeeking: () => composition.isSeeking, later: (call, delay) => addTimer(call, delay, [], false) },
    real,
    keep,
    original,
    redefine,
  });
  const media = makeMedia({
    clock: {
      now: () => now,
      isSought: () => composition.isSought,
      isSeeking: () => composition.isSeeking,
      duration: () => composition.duration,
      isDriven: (element) => Boolean(window.helios?.driver?.mediaElements?.has?.(element)), // by Helios' DomDriver
    },
    real,
    roots,
    seeks,
    original,
    redefine,
  });

  const webAudio = makeWebAudio({
    clock: { now: () => now, routeMedia: (element, route) => media.route(element, route) },
    random,
    original,
    turn,
    hold,
    until,
  });

  // -- animated pictures
  const animatedPictures = makePictures({ clock: { now: () => now, born }, roots });
  // -- a page that is one canvas
  const canvas = makeCanvas({ original });
  const givenCanvases = makeGivenCanvases({ original, redefine });
  const workers = makeWorkers({
    clock: { now: () => now, epoch: EPOCH, later: real.setTimeout, never: real.clearTimeout },
    turn,
    givenCanvases,
  });

  const scrolling = makeScrolling({ clock: { now: () => now }, original, redefine });

  // -- what tells a page of its layout does so in a frame of the browser: let it have one before the picture is taken
  const browserFrames = makeBrowserFrames({ real, turn, report });
  // The same is true of the events of animations and of scrolling. What the page does then may be an animation, too.
  const MOST_NEWS = 10; // that follow one another at one time of the page
  const tellNews = async (isNews) => {
    for (let count = 0; count < MOST_NEWS; count++) {
      if (![browserFrames.release(), pinAnimations(), scrolling.take(), isNews && !count].some(Boolean)) return;
      await browserFrames.pass();
      await nothingPending();
    }
  };

  // -- what the page says must be ready
  const waitUntilStable = async () => {
    const checks = [[window.helios, "waitUntilStable"], [window, "__helios_wait_until_stable"]];
    const wanted = checks.filter(([owner, name]) => typeof owner?.[name] === "function");
    if (!wanted.length) return;
    [laterFrames, frames, waiting] = [frames, new Map(), true];
    try {
      let ready = false;
      const all = Promise.all(wanted.map(([owner, name]) => owner[name]())).then(() => (ready = true));
      for (let count = 0; !ready; count++) {
        await Promise.race([all, count < 20 ? turn() : new Promise((resolve) => real.setTimeout(resolve, 5))]);
        if (!ready) runFrames(); // a check may look again at each frame
      }
      runFrames(); // what was drawn because of a check belongs to this frame
    } finally {
      [frames, waiting] = [new Map([...laterFrames, ...frames]), false];
      laterFrames = new Map();
    }
  };

  const settle = async (isLive = false) => {
    await tellNews(!isLive && browserFrames.observes());
    composition.look();
    media.take();
    await nothingPending();
    await workers.flush(now);
    givenCanvases.show();
    document.documentElement?.getBoundingClientRect(); // only then the browser knows which fonts it needs
    await document.fonts.ready;
    const images = [...document.images].filter((image) => image.currentSrc && image.loading !== "lazy" && !image.complete);
    await Promise.all(images.map((image) => image.decode().catch(() => {})));
    await turn();
    pinAnimations(); // what has begun meanwhile
  };

  // Show the page at a time in milliseconds. Without a picture to be taken of it, only videos are brought to it that the
  // page may read.
  let lastFrame = null;
  const live = async (time, shown) => {
    browserFrames.hold();
    if (lastFrame !== time) drawingBuffers.begin();
    await runTimers(time);
    now = time;
    const isNews = frames.size > 0 && pinAnimations(); // scripts read where they are
    await workers.reach(now);
    await webAudio.reach();
    media.tick();
    scrolling.reach();
    if (shown || media.isRead()) await media.pin();
    composition.seek();
    media.tellFrames(local(), report);
    if (lastFrame === null) await beginFrames();
    else await runFramesThrough();
    await workers.reach(now, true);
    await waitUntilStable();
    await tellNews(browserFrames.observes() || isNews);
    await media.ready();
    media.note(lastFrame === time ? null : lastFrame);
    lastFrame = time;
    if (shown) await media.pin(); // once more, as the page may have moved them
    pinPictures();
    animatedPictures.look();
    if (shown) await animatedPictures.pin();
    await settle(true);
    layers.look();
  };
  // A sandboxed frame that may run no scripts keeps none of ours waiting: no promise of it would ever be kept.
  const isInert = matchMedia("(scripting: none)").matches;
  const showInert = (time) => {
    now = time;
    pinAnimations();
    pinPictures();
    return null;
  };
  let lived = Promise.resolve(); // the frame that the page lives through
  let isOwed = false; // a picture, which has to be a screenshot
  const told = new Set();
  const once = (name, isSo) => isSo && !told.has(name) && Boolean(told.add(name));
  // What happened, for the log and the sound: null at most frames.
  const clockReport = () => {
    const usesWebAudio = once("usesWebAudio", webAudio.uses());
    const happened = {
      notes: media.drain(),
      failed: media.failures(),
      unreached: animatedPictures.hasUnreached(),
      usesWebAudio,
      isWebAudioTooLong: usesWebAudio && webAudio.isTooLong(),
      hasUnknownWorker: once("hasUnknownWorker", workers.hasUnknown()),
      hasServiceWorker: once("hasServiceWorker", workers.hasService()),
      hasRecording: once("hasRecording", recordings.areUsed()),
      playsRecording: media.plays(recordings.has),
      hasUnflushed: once("hasUnflushed", isUnflushed() || workers.areUnflushed()),
      isCanvasLost: givenCanvases.areLost(),
      wantsTransition: documents.wantTransitions(),
      isTransitionLate: documents.haveLateTransitions(),
      hasMovedVideo: once("hasMovedVideo", media.hasMoved()),
      showsStream: media.showsStream(),
      hasUnsteadyBar: [...bars].some(isUnsteady),
      hasFilters: once("hasFilters", hasFilters()),
      isIn3d: once("isIn3d", layers.areIn3d()),
      hasUnknownElements: shadowRoots.hasUnknown(),
    };
    return Object.values(happened).some((what) => what && what.length !== 0) ? happened : null;
  };

  redefine(window, "__heliosClock", {
    enumerable: false,
    value: Object.freeze({
      now: () => now,
      isSought: () => composition.isSought,
      settle: () => (isInert ? null : settle()),
      runTimers: () => (isInert ? null : runTimers(now).then(() => settle())),
      advance: (time, shown) => (isInert ? showInert(time) : isOwed ? { isHeld: true } : (lived = live(time, shown).then(clockReport))),
      // Return the picture once the page has lived through its frame; empty where it has to be a screenshot. Then the
      // page stands still until it is released.
      picture: async (view) => {
        if (isOwed) return "";
        await lived.catch(() => {});
        const picture = canvas.read(view);
        isOwed = !picture;
        return picture;
      },
      release: () => void (isOwed = false),
      readBlob: media.readBlob,
      readWebAudio: webAudio.read,
      addAnimatedPicture: animatedPictures.add,
      takeUnknownElements: shadowRoots.takeUnknown,
      addInnerRoot: shadowRoots.addInner,
      pinAnimations: () => void pinAnimations(),
    }),
  });
})();
