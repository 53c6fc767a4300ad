// Lets a page hear at one place of its frame what the browser tells in a frame of its own: of scrolling, and of the layout to
// observers. A browser that draws by itself has such a frame when it likes, also between two timers of the page: in one
// render a timer would know of a scroll that another render tells it of a frame later.
const makeBrowserFrames = ({ real, turn, report }) => {
  let isHeld = false; // what the browser tells now, until the page's clock asks for it
  let observes = false;
  const calls = []; // of observers
  const scrolled = { scroll: new Set(), scrollend: new Set() }; // the targets of events

  for (const name of ["ResizeObserver", "IntersectionObserver"]) {
    const heldBack = (callback) =>
      function (...values) {
        if (!isHeld) return callback.apply(this, values);
        calls.push(() => callback.apply(this, values));
      };
    window[name] = new Proxy(window[name], {
      construct: (target, [callback, ...more], self) => {
        observes = true;
        return Reflect.construct(target, [typeof callback === "function" ? heldBack(callback) : callback, ...more], self);
      },
    });
  }
  const hear = (event) => {
    if (!event.isTrusted) return;
    const targets = scrolled[event.type];
    if (!isHeld) return void targets.delete(event.target); // it is told now
    event.stopImmediatePropagation();
    targets.add(event.target);
  };
  for (const type in scrolled) window.addEventListener(type, hear, true);

  return {
    observes: () => observes,
    hold: () => (isHeld = true),
    // Have the page told from now on. Return whether something was held back, which `pass` tells it.
    release: () => ((isHeld = false), calls.length > 0 || scrolled.scroll.size > 0 || scrolled.scrollend.size > 0),
    // Let the browser have a frame.
    pass: async () => {
      await new Promise((resolve) => real.requestAnimationFrame(() => resolve()));
      await turn();
      for (const [type, targets] of Object.entries(scrolled))
        for (const target of targets) {
          targets.delete(target);
          target.dispatchEvent(new Event(type, { bubbles: target === document }));
        }
      for (const call of calls.splice(0)) {
        try {
          call();
        } catch (error) {
          report(error);
        }
      }
    },
  };
};
