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

  // -- <meta http-equiv="refresh">: browsers count its seconds by their own clock, from the page's load on
  let refresh = null;
  scope.addEventListener("load", () => {
    refresh = findRefresh(scope.document);
    if (refresh === null) return;
    const go = () => {
      const { location } = scope;
      const { url } = refresh;
      refresh = null;
      if (url === location.href) location.reload();
      else location.replace(url);
    };
    scope.setTimeout(go, refresh.delay);
  });

  // -- the document that comes after this one begins at the time at which the page wants it, unless the page stays after all
  const { navigation } = scope;
  navigation?.addEventListener("navigate", (event) => {
    const { destination, downloadRequest } = event;
    if (destination.sameDocument || downloadRequest !== null) return;
    if (refresh?.url === destination.url && event.cancelable) {
      event.preventDefault(); // it is the browser's: the page's time for it has not come
      return;
    }
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

// What the document asks for by <meta http-equiv="refresh">: the address, and after how many milliseconds. What is to come
// at once is left to the browser.
const REFRESH = /^\s*(\d+)[\d.]*(?:[\s;,]+(?:url\s*=\s*)?["']?([^"']*))?/i;
const findRefresh = (document) => {
  const found = [...document.querySelectorAll('meta[http-equiv="refresh" i]')]
    .map(({ content }) => REFRESH.exec(content))
    .filter((match) => match !== null && URL.canParse(match[2] || document.URL, document.baseURI))
    .map(([, seconds, url]) => ({ delay: 1000 * seconds, url: new URL(url || document.URL, document.baseURI).href }));
  const first = found.sort((one, other) => one.delay - other.delay)[0];
  return first?.delay ? first : null;
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
