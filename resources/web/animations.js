// Brings CSS animations, transitions and element.animate() to the page's time.
//
// The browser's own timeline stands still (page_isolation.py), and each animation is paused and sought at each frame. What a
// page does to an animation and reads of it is as if it played.
//
// Return functions that bring them to it.
const makeAnimations = ({ clock, shadowRoots, original, redefine }) => {
  const { prototype } = Animation;
  const native = {};
  for (const name of ["currentTime", "startTime", "playState", "playbackRate", "ready"]) native[name] = original(prototype, name);
  for (const name of ["play", "pause", "finish", "reverse", "cancel"]) native[name] = prototype[name];
  const bring = (one, time) => native.currentTime.set.call(one, time);
  const stateOf = (one) => native.playState.get.call(one);

  // -- timelines
  const origins = new WeakMap(); // timeline -> its originTime
  window.DocumentTimeline = new Proxy(DocumentTimeline, {
    construct(target, values, self) {
      const timeline = Reflect.construct(target, values, self);
      origins.set(timeline, Number(values[0]?.originTime) || 0);
      return timeline;
    },
  });
  const isOurs = (timeline) => timeline instanceof DocumentTimeline;
  const timeIn = (timeline) => clock.local() - (origins.get(timeline) ?? 0);
  const timelineTime = original(AnimationTimeline.prototype, "currentTime");
  redefine(AnimationTimeline.prototype, "currentTime", {
    get() {
      return isOurs(this) ? timeIn(this) : timelineTime.get.call(this);
    },
  });

  // -- where an animation is: at `time` (ms) at the page's time `base`
  const places = new WeakMap();
  const fresh = (one) => ({
    base: clock.now(),
    time: 0,
    rate: native.playbackRate.get.call(one),
    paused: false, // by the page
    held: false, // by its style, or by a trigger that has not fired
    pinned: false, // whether we have paused it
    scripted: false, // whether a script has played or paused it: animation-play-state does not matter any more
    finished: false,
    pending: true, // until the next frame
    ready: null, // what the promise of that name is kept with
    stage: null, // see stageOf
  });
  const place = (one) => {
    if (!places.has(one)) places.set(one, fresh(one));
    return places.get(one);
  };
  const timeOf = (one) => {
    const where = place(one);
    return where.paused || where.held || where.finished ? where.time : where.time + (clock.now() - where.base) * where.rate;
  };
  const endOf = (one) => one.effect?.getComputedTiming().endTime ?? 0;
  const isDone = (one, where, time) => (where.rate > 0 && time >= endOf(one)) || (where.rate < 0 && time <= 0);
  const move = (one, time, changes = {}) => Object.assign(place(one), { base: clock.now(), time, finished: false }, changes);
  const BEGUN = { paused: false, held: false, pinned: false, scripted: true, pending: true };
  const isIdle = (one) => !isOurs(one.timeline) || stateOf(one) === "idle";

  redefine(prototype, "currentTime", {
    get() {
      return isIdle(this) ? native.currentTime.get.call(this) : timeOf(this);
    },
    set(time) {
      bring(this, time);
      if (time !== null && isOurs(this.timeline)) move(this, Number(time));
    },
  });
  redefine(prototype, "startTime", {
    get() {
      if (isIdle(this)) return native.startTime.get.call(this);
      const where = place(this);
      if (where.paused || where.held || where.pending || !where.rate) return null;
      return timeIn(this.timeline) - (clock.now() - where.base) - where.time / where.rate;
    },
    set(value) {
      if (value === null || !isOurs(this.timeline)) return void native.startTime.set.call(this, value);
      const time = (timeIn(this.timeline) - Number(value)) * place(this).rate;
      native.play.call(this); // the browser's own timeline has another time
      bring(this, time);
      move(this, time, { ...BEGUN, pending: false });
    },
  });
  redefine(prototype, "playState", {
    get() {
      const where = places.get(this);
      const state = stateOf(this);
      return where && state === "paused" && !where.paused && !where.held ? "running" : state;
    },
  });
  const changeRate = (one, rate, apply) => {
    const time = isIdle(one) ? null : timeOf(one);
    apply();
    if (time === null) place(one).rate = rate;
    else move(one, time, { rate });
  };
  redefine(prototype, "playbackRate", {
    get: native.playbackRate.get,
    set(rate) {
      changeRate(this, Number(rate), () => native.playbackRate.set.call(this, rate));
    },
  });
  prototype.updatePlaybackRate = function (rate) {
    changeRate(this, Number(rate), () => native.playbackRate.set.call(this, rate));
  };
  prototype.pause = function () {
    const time = timeOf(this);
    native.pause.call(this);
    move(this, time, { paused: true, held: false, scripted: true, pending: true });
  };
  // Have the browser do it from where the animation is, and go on from where that brings it.
  const playFrom = (one, play) => {
    if (stateOf(one) !== "idle") bring(one, timeOf(one));
    play();
    move(one, native.currentTime.get.call(one) ?? 0, BEGUN);
  };
  prototype.play = function () {
    if (!isOurs(this.timeline)) return native.play.call(this);
    playFrom(this, () => native.play.call(this));
  };
  prototype.reverse = function () {
    if (!isOurs(this.timeline)) return native.reverse.call(this);
    playFrom(this, () => {
      native.reverse.call(this);
      place(this).rate *= -1;
    });
  };
  prototype.finish = function () {
    native.finish.call(this);
    move(this, place(this).rate < 0 ? 0 : endOf(this), { finished: true, paused: false, held: false });
  };
  redefine(prototype, "pending", {
    get() {
      return !isIdle(this) && place(this).pending;
    },
  });
  redefine(prototype, "ready", {
    get() {
      if (isIdle(this)) return native.ready.get.call(this);
      const where = place(this);
      if (!where.ready) {
        let keep;
        const promise = new Promise((resolve) => (keep = resolve));
        where.ready = { promise, keep };
        if (!where.pending) keep(this);
      }
      return where.ready.promise;
    },
  });
  prototype.cancel = function () {
    native.cancel.call(this);
    places.delete(this);
  };

  // -- animation-play-state, which the browser does not look at once we have paused an animation
  const isHeldByStyle = (one) => {
    const { target, pseudoElement } = one.effect ?? {};
    if (!target) return false;
    const style = getComputedStyle(target, pseudoElement);
    const states = style.animationPlayState.split(", ");
    const index = style.animationName.split(", ").lastIndexOf(one.animationName);
    return index >= 0 && states[index % states.length] === "paused";
  };
  // Notice what the browser does to an animation by itself: it plays one whose trigger fires, perhaps backwards.
  const follow = (one, where) => {
    const state = stateOf(one);
    if (where.pinned && state === "running")
      Object.assign(where, { time: native.currentTime.get.call(one) ?? 0, base: clock.now(), rate: native.playbackRate.get.call(one) });
    const isHeld =
      (state === "paused" && !where.pinned && !where.paused) ||
      (!where.scripted && one instanceof CSSAnimation && isHeldByStyle(one));
    if (isHeld !== where.held) Object.assign(where, { time: timeOf(one), base: clock.now(), held: isHeld });
  };

  const stageOf = ({ delay, duration, activeDuration, iterationStart }, time) => {
    if (time < delay) return "before";
    if (time >= delay + activeDuration) return "after";
    return Math.floor((time - delay) / duration + iterationStart) || 0;
  };
  // Bring an animation to the page's time. Return whether there is something to tell of it, as it began or ended.
  const pinOne = (one, where) => {
    if (where.finished && where.stage === "after") return false;
    follow(one, where);
    const isReady = where.pending && where.ready;
    where.pending = false;
    where.ready?.keep(one);
    const timing = one.effect?.getComputedTiming();
    const time = timeOf(one);
    const stage = timing ? stageOf(timing, time) : "before";
    const isNews = isReady || stage !== where.stage;
    where.stage = stage;
    if (where.finished) return isNews;
    if (!where.paused && !where.held && isDone(one, where, time)) {
      move(one, where.rate < 0 ? 0 : endOf(one), { finished: true });
      native.finish.call(one);
      return isNews;
    }
    if (stateOf(one) !== "paused") {
      native.pause.call(one);
      where.pinned = true;
    }
    if (where.pinned || where.paused) bring(one, time);
    return isNews;
  };
  const present = () => {
    shadowRoots.look();
    const all = [...shadowRoots.roots, ...shadowRoots.innerRoots()].flatMap((root) => root.getAnimations());
    return all.filter((one) => isOurs(one.timeline));
  };
  // Have those begin that the page's style wants now.
  const begin = () => present().forEach(place);
  let animated = new Set(); // those that there were before
  // Bring all animations to the page's time. Return whether there is something to tell of them.
  const pin = () => {
    const found = new Set(present());
    let isNews = false;
    for (const one of found) if (pinOne(one, place(one))) isNews = true;
    for (const one of animated) if (!found.has(one) && !places.get(one)?.finished) isNews = true;
    animated = found;
    return isNews;
  };
  return { begin, pin, present: () => [...animated] };
};
