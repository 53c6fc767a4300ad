// Knows when another document takes the place of this one, as a page goes to the next one or is loaded again, and when the
// browser looks at a page for a view transition: its time stands still meanwhile.
const makeDocuments = ({ scope, keep, isSteady, now }) => {
  const heard = (target, name) => new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));

  // -- view transitions. A browser without a limit of frames stops drawing at one: a page that wants some is shown by a
  //    browser that has the limit.
  let [areWanted, areLate] = [false, false];
  const keepReady = (transition) => {
    keep(transition.ready); // the browser looks at the page as it was, and draws nothing else
    transition.ready.catch((error) => (areLate ||= error?.name === "TimeoutError"));
    return transition;
  };

  for (const prototype of [scope.Document.prototype, scope.Element.prototype]) {
    const { startViewTransition } = prototype;
    if (!startViewTransition) continue;
    prototype.startViewTransition = function (wish) {
      if (isSteady) return keepReady(startViewTransition.call(this, wish));
      areWanted = true; // nobody sees what comes now
      const done = Promise.resolve().then(() => (typeof wish === "function" ? wish : wish?.update)?.());
      return { ready: done, updateCallbackDone: done, finished: done, types: new Set(), skipTransition() {} };
    };
  }

  // -- the document that comes after this one begins at the time at which the page wants it, unless the page stays after all
  const { navigation } = scope;
  navigation?.addEventListener("navigate", ({ destination, downloadRequest }) => {
    if (destination.sameDocument || downloadRequest !== null) return;
    const stays = ["navigatesuccess", "navigateerror"].map((name) => heard(navigation, name));
    keep(Promise.race(stays).then(() => handOver(null)));
    handOver(now());
  });
  if (scope === scope.top && navigation?.activation?.from) {
    const isRevealed = heard(scope, "pagereveal").then(({ viewTransition }) => {
      if (!viewTransition) return;
      areWanted ||= !isSteady;
      return keepReady(viewTransition).ready.catch(() => {});
    });
    keep(isRevealed);
  }
  return { wantTransitions: () => areWanted, haveLateTransitions: () => areLate };
};

// Where the time of the document before this one is left to it; no page sees it.
const HANDED_OVER = "__heliosBegan";
const handOver = (time) => {
  try {
    if (window !== top) return;
    if (time === null) sessionStorage.removeItem(HANDED_OVER);
    else sessionStorage.setItem(HANDED_OVER, time);
  } catch {
    // a document of no origin has no storage; the next one begins at 0
  }
};
const takeOver = () => {
  try {
    if (parent !== window) return parent.__heliosClock?.now() ?? 0;
    const time = Number(sessionStorage.getItem(HANDED_OVER));
    handOver(null);
    return time;
  } catch {
    return 0; // a frame of another origin is advanced like all others
  }
};
