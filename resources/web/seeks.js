// Has the browser seek in media elements, for the page that asks for it and for a frame's picture.
//
// The page hears of what it has asked for, in its own time, and of nothing that is done for pictures: where they are not
// taken, nothing would be heard of. How far the browser has loaded something depends on the machine, and is not told.
const makeSeeks = ({ clock, real, keep, original, redefine }) => {
  const MOST_MILLISECONDS = 20000; // for a seek
  const MOST_UNTIL_SHOWN = 1000;
  const INSIDE = 0.0005; // seconds: inside a frame that begins now, whatever was rounded
  const AS_LONG_AS_A_FRAME = 1000 / 60; // milliseconds that a seek takes which follows another one at once
  const NEVER_TOLD = ["seeking", "seeked", "timeupdate", "progress", "suspend", "stalled"];
  const TOLD_ONCE = ["canplay", "canplaythrough", "waiting"]; // until all is there
  const HAVE_METADATA = 1;

  const media = HTMLMediaElement.prototype;
  const realTime = original(media, "currentTime");
  const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
  const tell = (element, ...names) => names.forEach((name) => element.dispatchEvent(new Event(name)));

  const states = new WeakMap(); // element -> {isLoaded, asked, toldAt, waiters}
  const stateOf = (element) => {
    if (!states.has(element)) states.set(element, { isLoaded: false, asked: 0, toldAt: -1, waiters: [] });
    return states.get(element);
  };
  const judged = new WeakSet(); // events
  const judge = (event) => {
    const { target, type } = event;
    if (!event.isTrusted || !(target instanceof HTMLMediaElement) || judged.has(event)) return;
    judged.add(event);
    const state = stateOf(target);
    if (["seeked", "emptied"].includes(type)) state.waiters.splice(0).forEach((resolve) => resolve());
    const isForControls = type === "timeupdate" && target.controls; // the browser's, which are in the picture
    if ((NEVER_TOLD.includes(type) && !isForControls) || (TOLD_ONCE.includes(type) && state.isLoaded)) event.stopImmediatePropagation();
    if (type === "canplaythrough" && !state.isLoaded) queueMicrotask(() => tell(target, "progress", "suspend"));
    if (["canplaythrough", "emptied"].includes(type)) state.isLoaded = type !== "emptied";
  };
  const watch = (target) => {
    for (const name of [...NEVER_TOLD, ...TOLD_ONCE, "emptied"]) target.addEventListener(name, judge, true);
  };
  watch(window); // and elements that are in no document, or in a shadow root

  // -- how far something has been loaded: all of it, unless a script feeds it bit by bit
  const realBuffered = original(media, "buffered");
  redefine(media, "buffered", {
    get() {
      const ranges = realBuffered.get.call(this);
      if (!Number.isFinite(this.duration) || !stateOf(this).isLoaded || this.currentSrc.startsWith("blob:")) return ranges;
      const check = (index) => index === 0 || ranges.start(ranges.length); // which throws what the page expects
      return Object.setPrototypeOf(
        { length: 1, start: (index) => check(index) && 0, end: (index) => check(index) && this.duration },
        TimeRanges.prototype,
      );
    },
  });

  const isSought = (element) =>
    new Promise((resolve) => {
      const late = real.setTimeout(resolve, MOST_MILLISECONDS);
      stateOf(element).waiters.push(() => (real.clearTimeout(late), resolve()));
    });
  // A frame that was sought is there before it is on screen.
  const isShown = (element, onFrame) =>
    new Promise((resolve) => {
      const late = real.setTimeout(resolve, MOST_UNTIL_SHOWN);
      requestVideoFrameCallback.call(element, (_, frame) => {
        real.clearTimeout(late);
        onFrame(frame);
        resolve();
      });
    });
  const inside = (element, time) => Math.min(time + INSIDE, Number.isFinite(element.duration) ? element.duration : Infinity);
  const isAt = (element, time) => Math.abs(realTime.get.call(element) - inside(element, time)) < 0.0001;
  const done = (element, onFrame) =>
    Promise.all([isSought(element), element instanceof HTMLVideoElement && isShown(element, onFrame)]);

  // Bring an element to a time (seconds). `onFrame` is called with what the browser says of a video's frame.
  const bring = async (element, time, onFrame) => {
    const isThere = isAt(element, time);
    if (isThere && !element.seeking) return;
    const arrived = done(element, onFrame);
    if (!isThere) realTime.set.call(element, inside(element, time));
    await arrived;
  };
  // Do so for the page, which hears of it. A composition that is brought to a frame says itself when it is ready.
  const ask = (element, time, onFrame) => {
    if (element.readyState < HAVE_METADATA) return void realTime.set.call(element, time + INSIDE);
    const isDriven = clock.isSeeking();
    const state = stateOf(element);
    const [number, delay] = [++state.asked, state.toldAt === clock.now() && !isDriven ? AS_LONG_AS_A_FRAME : 0];
    state.toldAt = clock.now() + delay;
    queueMicrotask(() => tell(element, "seeking"));
    const say = () => number === state.asked && tell(element, "timeupdate", "seeked", "canplay", "canplaythrough");
    const arrived = isDriven ? isSought(element) : done(element, onFrame);
    realTime.set.call(element, inside(element, time));
    const told = arrived.then(() => (delay ? clock.later(say, delay) : say()));
    if (!isDriven) keep(told);
  };
  return { watch, bring, ask };
};
