// Scrolls smoothly in the page's time. The browser, which would do so in its own, scrolls at once.
const makeScrolling = ({ clock, original, redefine }) => {
  // As in Chromium's cc/animation/scroll_offset_animation_curve.cc: so long for so many pixels, eased in and out.
  const MOST_MILLISECONDS = 720;
  const SNAP = "scroll-snap-type";
  const millisecondsFor = (pixels) => Math.min((Math.sqrt(pixels) * 1000) / 60, MOST_MILLISECONDS);
  const bezier = (one, two, at) => 3 * (1 - at) ** 2 * at * one + 3 * (1 - at) * at ** 2 * two + at ** 3;
  const eased = (time) => {
    let [low, high] = [0, 1];
    for (let step = 0; step < 40; step++) {
      const middle = (low + high) / 2;
      if (bezier(0.42, 0.58, middle) < time) low = middle;
      else high = middle;
    }
    return time >= 1 ? 1 : bezier(0, 1, low);
  };

  const { prototype } = Element;
  const [left, top] = [original(prototype, "scrollLeft"), original(prototype, "scrollTop")];
  const styleOf = window.getComputedStyle.bind(window);
  const courses = new Map(); // element -> {from, to, base, length, arrive}
  let hasScrolled = false; // since somebody asked
  let seen = "0 0"; // where the page itself was

  const placeOf = (element) => [left.get.call(element), top.get.call(element)];
  const bring = (element, [x, y]) => {
    left.set.call(element, x);
    top.set.call(element, y);
  };
  const askerOf = (element) => (element === document.scrollingElement ? document.documentElement : element);
  const isSmooth = (element, behavior = "auto") => {
    return behavior === "smooth" || (behavior === "auto" && styleOf(askerOf(element)).scrollBehavior === "smooth");
  };
  // Where a browser would snap to something, no place on the way can be had. Return what puts that back.
  const letLoose = (element) => {
    const { style } = askerOf(element);
    const [name, ...before] = [SNAP, style.getPropertyValue(SNAP), style.getPropertyPriority(SNAP)];
    if (styleOf(askerOf(element))[name] === "none") return () => {};
    style.setProperty(name, "none", "important");
    return () => style.setProperty(name, ...before);
  };
  const stop = (element) => {
    const course = courses.get(element);
    courses.delete(element);
    course?.snap();
    course?.arrive();
  };
  // Have elements go where `scroll` brings them: at once or, where that is wanted, in the page's time.
  const go = (elements, behavior, scroll) => {
    hasScrolled = true;
    const before = elements.map((element) => [element, placeOf(element)]);
    const answer = scroll();
    const arrivals = [];
    for (const [element, from] of before) {
      const to = placeOf(element);
      const pixels = Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]));
      if (!pixels) continue;
      stop(element);
      if (!isSmooth(element, behavior)) continue;
      const snap = letLoose(element);
      bring(element, from);
      arrivals.push(new Promise((arrive) => courses.set(element, { from, to, base: clock.now(), length: millisecondsFor(pixels), snap, arrive })));
    }
    return answer instanceof Promise && arrivals.length ? Promise.all(arrivals).then(() => answer) : answer;
  };
  const wayOf = (values) => (values.length === 1 && values[0] instanceof Object ? values[0] : {});
  const atOnce = (values) => (values.length === 1 && values[0] instanceof Object ? [{ ...values[0], behavior: "instant" }] : values);
  for (const name of ["scroll", "scrollTo", "scrollBy"]) {
    const [ofWindow, ofElement] = [window[name], prototype[name]];
    window[name] = (...values) => go([document.scrollingElement].filter(Boolean), wayOf(values).behavior, () => ofWindow.apply(window, atOnce(values)));
    prototype[name] = function (...values) {
      return go([this], wayOf(values).behavior, () => ofElement.apply(this, atOnce(values)));
    };
  }
  const { scrollIntoView } = prototype;
  prototype.scrollIntoView = function (way) {
    const around = [];
    for (let node = this; node; node = node.parentNode ?? node.host) if (node instanceof Element) around.push(node);
    const { behavior } = way instanceof Object ? way : {};
    return go(around, behavior, () => scrollIntoView.call(this, way instanceof Object ? { ...way, behavior: "instant" } : way));
  };
  for (const [name, side] of [["scrollLeft", left], ["scrollTop", top]])
    redefine(prototype, name, {
      get() { return side.get.call(this); },
      set(value) { go([this], "auto", () => side.set.call(this, value)); },
    });
  // The browser takes each step for a way of its own.
  window.addEventListener(
    "scrollend",
    (event) => courses.has(event.target === document ? document.scrollingElement : event.target) && event.stopImmediatePropagation(),
    true,
  );

  // Bring what scrolls smoothly to the page's time.
  const reach = () => {
    for (const [element, { from, to, base, length }] of courses) {
      const share = eased(Math.min(1, (clock.now() - base) / length));
      bring(element, from.map((place, side) => place + (to[side] - place) * share));
      hasScrolled = true;
      if (share === 1) stop(element);
    }
  };
  // Return whether something was scrolled since the last time.
  const take = () => {
    const place = `${window.scrollX} ${window.scrollY}`;
    const isMoved = hasScrolled || place !== seen;
    [hasScrolled, seen] = [false, place];
    return isMoved;
  };
  return { reach, take };
};
