// Web Audio in the page's time. An AudioContext of the page is an offline one that is rendered up to the page's time
// and stands still there, so that what it sounds like, and what an analyser shows, depends on that time alone.
const makeWebAudio = ({ clock, random, original, turn, hold, until }) => {
  const RATE = 48000;
  const QUANTUM = 128; // samples that a graph renders at a time: it can only stand still between them
  const MOST_SECONDS = 1800; // a context's sound is held in memory: 384 kB for each second
  if (!window.OfflineAudioContext) return { reach: async () => {}, read: async () => null, uses: () => false, isTooLong: () => false };

  const offline = OfflineAudioContext.prototype;
  const [halt, go, render] = [offline.suspend, offline.resume, offline.startRendering];
  hold(offline, "startRendering"); // of a page's own
  const NativeContext = window.AudioContext;
  const contexts = new Map(); // context -> what the constructor below says of it

  const timeOf = (own) => (own.running ? own.time + (clock.now() - own.base) / 1000 : own.time);
  const mark = (context, running) => {
    const own = contexts.get(context);
    Object.assign(own, { time: timeOf(own), base: clock.now(), running });
    own.pieces.push({ base: own.base, time: own.time, running });
    queueMicrotask(() => context.dispatchEvent(new Event("statechange")));
  };

  class AudioContext extends OfflineAudioContext {
    constructor() {
      const seconds = Math.min(until, MOST_SECONDS) - clock.now() / 1000 + 1;
      super({ numberOfChannels: 2, length: Math.max(QUANTUM, Math.ceil(seconds * RATE)), sampleRate: RATE });
      const begin = { base: clock.now(), time: 0, running: true };
      const there = halt.call(this, 0); // when it stands at its begin
      contexts.set(this, { ...begin, pieces: [begin], closed: false, reached: 0, there, done: render.call(this) });
    }
    static [Symbol.hasInstance](object) { return contexts.has(object); }
    get currentTime() { return timeOf(contexts.get(this)); }
    get state() {
      const own = contexts.get(this);
      return own.closed ? "closed" : own.running ? "running" : "suspended";
    }
    get baseLatency() { return 0; }
    get outputLatency() { return 0; }
    get sinkId() { return ""; }
    get startRendering() { return undefined; }
    get length() { return undefined; }
    getOutputTimestamp() { return { contextTime: this.currentTime, performanceTime: performance.now() }; }
    async suspend() { if (contexts.get(this).running) mark(this, false); }
    async resume() { if (!contexts.get(this).running && !contexts.get(this).closed) mark(this, true); }
    async close() {
      contexts.get(this).closed = true;
      mark(this, false);
    }
    createMediaElementSource(element) {
      const node = this.createGain();
      Object.defineProperty(node, "mediaElement", { value: element });
      clock.routeMedia(element, makeRoute(this, node));
      return node;
    }
    createMediaStreamSource() { return this.createGain(); } // a microphone, which is silent here
    createMediaStreamDestination() {
      return Object.defineProperty(this.createGain(), "stream", { value: new NativeContext().createMediaStreamDestination().stream });
    }
  }
  // Libraries treat offline contexts in ways of their own: these are none to them.
  Object.defineProperty(OfflineAudioContext, Symbol.hasInstance, {
    value: (object) => !contexts.has(object) && offline.isPrototypeOf(object),
  });
  for (const name of ["AudioContext", "webkitAudioContext"])
    Object.defineProperty(window, name, { value: AudioContext, configurable: true, writable: true });

  // What starts or stops "now" does so at the page's time, and not where the graph stands.
  const atLeastNow = (node, when) => {
    if (!contexts.has(node.context)) return when;
    const now = node.context.currentTime;
    return Number(when) > now ? when : Math.round(now * RATE) / RATE; // between samples it would be interpolated
  };
  for (const prototype of [AudioScheduledSourceNode.prototype, AudioBufferSourceNode.prototype])
    for (const name of ["start", "stop"]) {
      if (!Object.hasOwn(prototype, name)) continue;
      const native = prototype[name];
      prototype[name] = function (when, ...more) {
        return native.call(this, atLeastNow(this, when) ?? 0, ...more);
      };
    }

  // The random numbers of worklets are the same ones in every run.
  const addModule = window.Worklet?.prototype.addModule;
  const seeds = `let seed = 0x48454c49; Math.random = ${random}`;
  if (addModule)
    AudioWorklet.prototype.addModule = async function (...values) {
      await addModule.call(this, URL.createObjectURL(new Blob([seeds], { type: "text/javascript" })));
      return addModule.call(this, ...values);
    };

  // -- media elements whose sound goes through a graph
  const buffers = new Map(); // address -> promise of the decoded sound, null where it has none
  const decode = (context, address) => {
    const read = async () => {
      try {
        return await context.decodeAudioData(await (await fetch(address)).arrayBuffer());
      } catch {
        return null;
      }
    };
    if (!buffers.has(address)) buffers.set(address, read().then((buffer) => (buffers.set(address, buffer), buffer)));
    return buffers.get(address);
  };
  const makeRoute = (context, node) => {
    let source = null;
    return {
      load: (address) => decode(context, address),
      setVolume: (volume) => node.gain.setValueAtTime(volume, context.currentTime),
      // Play as the element does from now on, or from state.base on; see stateOf in media.js.
      play: (state) => {
        source?.stop();
        source = null;
        const buffer = state && buffers.get(state.url);
        if (!(buffer instanceof AudioBuffer)) return;
        source = new AudioBufferSourceNode(context, { buffer, playbackRate: state.rate, loop: state.loop > 0 });
        const late = Math.max(0, clock.now() - state.base) / 1000;
        const place = state.place + late * state.rate;
        source.connect(node);
        const begin = context.currentTime + Math.max(0, state.base - clock.now()) / 1000;
        source.start(Math.round(begin * RATE) / RATE, state.loop ? place % state.loop : place);
      },
    };
  };

  // Render all contexts up to the page's time.
  const reach = async () => {
    for (const [context, own] of contexts) {
      const quantum = Math.floor((timeOf(own) * RATE) / QUANTUM);
      if (quantum <= own.reached || quantum * QUANTUM >= offlineLength(context)) continue;
      await own.there;
      own.reached = quantum;
      own.there = halt.call(context, (quantum * QUANTUM) / RATE);
      go.call(context);
      await own.there;
      await turn(); // what ends on the way says so
    }
  };
  const length = original(offline, "length");
  const offlineLength = (context) => length.get.call(context);

  // Return samples `first` to `last` of the page's time, left and right by turns, as base64 of floats; null for silence.
  const read = async (first, last) => {
    const mix = new Float32Array((last - first) * 2);
    let heard = false;
    for (const [context, own] of contexts) {
      await own.there;
      go.call(context).catch(() => {}); // to its end; at a second call it is there
      const sound = await own.done;
      const sides = [sound.getChannelData(0), sound.getChannelData(1)];
      own.pieces.forEach((piece, number) => {
        if (!piece.running) return;
        const begin = Math.round((piece.base * RATE) / 1000);
        const end = number + 1 < own.pieces.length ? Math.round((own.pieces[number + 1].base * RATE) / 1000) : last;
        const offset = Math.round(piece.time * RATE) - begin;
        for (let sample = Math.max(first, begin); sample < Math.min(last, end); sample++)
          for (const side of [0, 1]) {
            const value = sides[side][sample + offset] ?? 0;
            if (value) heard = true;
            mix[(sample - first) * 2 + side] += value;
          }
      });
    }
    if (!heard) return null;
    const bytes = new Uint8Array(mix.buffer);
    const parts = [];
    for (let place = 0; place < bytes.length; place += 32768) parts.push(String.fromCharCode(...bytes.subarray(place, place + 32768)));
    return btoa(parts.join(""));
  };

  return { reach, read, uses: () => contexts.size > 0, isTooLong: () => contexts.size > 0 && until > MOST_SECONDS };
};
