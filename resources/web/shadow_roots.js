// Knows the shadow roots of a page, whose animations and media no document tells of: those that scripts attach, also closed
// ones, and those that are written in HTML.
const makeShadowRoots = (scope) => {
  const roots = new Set([scope.document]);
  const { prototype } = scope.Element;
  const { attachShadow } = prototype;
  prototype.attachShadow = function (options) {
    const root = attachShadow.call(this, options);
    roots.add(root);
    return root;
  };
  // A closed one that is written in HTML is known to its element only, and may come after it.
  const closed = new Set();
  const { attachInternals } = scope.HTMLElement.prototype;
  if (attachInternals)
    scope.HTMLElement.prototype.attachInternals = function () {
      const internals = attachInternals.call(this);
      closed.add(internals);
      return internals;
    };

  let isLookedAt = false; // whether no more HTML has come since
  let areCloned = false; // with their elements
  const addInside = (root) => {
    for (const { shadowRoot } of closed) if (shadowRoot) roots.add(shadowRoot);
    for (const element of root.querySelectorAll("*")) {
      if (element.content instanceof scope.DocumentFragment) noteClonable(element.content);
      const inside = element.shadowRoot;
      if (!inside) continue;
      roots.add(inside);
      areCloned ||= inside.clonable;
      addInside(inside);
    }
  };
  const noteClonable = (fragment) => {
    for (const element of fragment.querySelectorAll("*")) areCloned ||= Boolean(element.shadowRoot?.clonable);
  };
  for (const owner of [scope.Element, scope.ShadowRoot]) {
    const native = owner.prototype.setHTMLUnsafe;
    if (!native) continue;
    owner.prototype.setHTMLUnsafe = function (...values) {
      isLookedAt = false;
      return native.apply(this, values);
    };
  }
  // Find those that HTML has brought.
  const look = () => {
    if (isLookedAt && !areCloned) return;
    isLookedAt = scope.document.readyState === "complete";
    addInside(scope.document);
  };

  // The browser builds some elements of others, as the content of <details> or the bar of <progress>, which pages animate
  // by pseudo-elements. It gives no script the shadow roots of them: inner_roots.py does.
  const BUILT = ["details", "progress", "meter", "input", "textarea", "select", "marquee", "video", "audio"];
  const ofDocument = BUILT.map((name) => scope.document.getElementsByTagName(name)); // which are live
  const inner = new Map(); // element -> its roots, and those in them
  const builtElements = () => {
    const inRoots = [...roots].filter((root) => root !== scope.document).map((root) => root.querySelectorAll(BUILT.join()));
    return [...ofDocument, ...inRoots].flatMap((elements) => [...elements]);
  };
  const innerRoots = () => {
    for (const element of inner.keys()) if (!element.isConnected) inner.delete(element);
    return [...inner.values()].flat();
  };
  const unknownElements = () => builtElements().filter((element) => !inner.has(element));
  // Return the elements whose inner roots nobody has given us yet.
  const takeUnknown = () => {
    const unknown = unknownElements();
    for (const element of unknown) inner.set(element, []);
    return unknown;
  };
  const addInner = (element, root) => inner.get(element)?.push(root);
  return { roots, look, innerRoots, takeUnknown, addInner, hasUnknown: () => unknownElements().length > 0 };
};
