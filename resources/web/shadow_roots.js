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
  return { roots, look };
};
