// Knows what the elements of a page load: it takes none of the page's time, whether it comes from the network or from the
// page itself, as data: and blob: addresses do.
const makeElementLoads = ({ scope, keep, later, today }) => {
  const LOOK_AGAIN = 50; // milliseconds
  const MOST_OF_A_SCRIPT = 1000; // for one that may not run, as those of innerHTML and those that have run: nobody can tell
  const ATTRIBUTES = ["src", "srcset", "srcdoc", "href", "rel", "data"];
  const SCRIPTS = /^$|^module$|^(text|application)\/(x-)?(java|ecma)script$/i;
  const { Element, HTMLImageElement, MutationObserver } = scope;
  const { setAttribute } = Element.prototype;
  const addressOf = (element) => element.getAttribute("src") ?? "";

  // What begins to load something, and how it is told otherwise that there is nothing more to wait for.
  const KINDS = {
    img: { loads: (one) => one.loading !== "lazy" && Boolean(addressOf(one) || one.srcset), isOver: (one) => one.complete },
    script: {
      loads: (one) => Boolean(addressOf(one)) && !one.noModule && SCRIPTS.test(one.type),
      isOver: (one, milliseconds) => milliseconds > MOST_OF_A_SCRIPT,
    },
    link: { loads: (one) => one.relList.contains("stylesheet") && Boolean(one.href) && !one.disabled, isOver: (one) => one.sheet || !one.isConnected },
    iframe: {
      loads: (one) => one.loading !== "lazy" && (one.hasAttribute("srcdoc") || !/^$|^about:|^javascript:/i.test(addressOf(one))),
      isOver: (one) => !one.isConnected,
    },
  };
  const waiting = new WeakSet();
  const take = (element) => {
    const kind = KINDS[element.localName];
    const isShown = element.ownerDocument.defaultView; // nothing is loaded in a template, say, or by a parser
    if (!kind || !isShown || waiting.has(element) || !kind.loads(element)) return;
    waiting.add(element);
    const begun = today();
    keep(
      new Promise((resolve) => {
        const end = () => (waiting.delete(element), resolve());
        for (const name of ["load", "error"]) element.addEventListener(name, end, { once: true, capture: true });
        const look = () => waiting.has(element) && (kind.isOver(element, today() - begun) ? end() : later(look, LOOK_AGAIN));
        later(look, LOOK_AGAIN);
      }),
    );
  };

  // -- pictures, which load also where they are in no document
  for (const name of ["src", "srcset"]) {
    const { get, set } = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, name);
    Object.defineProperty(HTMLImageElement.prototype, name, {
      configurable: true,
      enumerable: true,
      get,
      set(value) {
        set.call(this, value);
        take(this);
      },
    });
  }
  HTMLImageElement.prototype.setAttribute = function (...values) {
    setAttribute.apply(this, values);
    take(this);
  };

  // -- what comes into the document once it has been loaded
  const watch = (root) => {
    const observer = new MutationObserver((changes) => {
      for (const { type, target, addedNodes } of changes) {
        if (type === "attributes") take(target);
        for (const node of addedNodes) {
          if (!(node instanceof Element)) continue;
          take(node);
          node.querySelectorAll(Object.keys(KINDS).join()).forEach(take);
        }
      }
    });
    observer.observe(root, { subtree: true, childList: true, attributeFilter: ATTRIBUTES });
  };
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (options) {
    const root = attachShadow.call(this, options);
    watch(root);
    return root;
  };
  scope.addEventListener("load", () => watch(scope.document), { once: true });
};

// What a page tells other documents, or itself, through the browser: it is there at once.
const makeMessages = ({ scope, keep, later }) => {
  const MOST_MILLISECONDS = 500; // for one that nobody is told of
  const { navigation } = scope;
  const hasTraversed = () =>
    new Promise((resolve) => {
      const end = (event) => {
        if (event?.navigationType !== "traverse" && event) return;
        navigation.removeEventListener("currententrychange", end);
        resolve();
      };
      navigation.addEventListener("currententrychange", end);
      later(end, MOST_MILLISECONDS);
    });
  const history = scope.History.prototype;
  for (const name of ["back", "forward", "go"]) {
    const native = history[name];
    history[name] = function (...values) {
      if (navigation?.entries().length > 1) keep(hasTraversed());
      native.apply(this, values);
    };
  }

  const { BroadcastChannel } = scope;
  const { postMessage } = BroadcastChannel.prototype;
  const name = `__helios:${scope.Math.random()}`; // the browser's own: nothing has been redefined yet
  const echoes = [];
  let echo = null; // two channels: what is sent after a message arrives after it
  BroadcastChannel.prototype.postMessage = function (message) {
    postMessage.call(this, message);
    if (!echo) {
      echo = [new BroadcastChannel(name), new BroadcastChannel(name)];
      echo[1].onmessage = () => echoes.shift()?.();
    }
    const answer = () => {
      postMessage.call(echo[0], null);
      return new Promise((resolve) => (echoes.push(resolve), later(resolve, MOST_MILLISECONDS)));
    };
    keep(answer().then(answer)); // twice: another document may answer
  };
};
