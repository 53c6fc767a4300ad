// Returns what the page's scripts would need that no browser runs, as [type, what translates them], of the first such script;
// null where the page brings what they need, or has none.
(() => {
  const TRANSLATORS = { Babel: ["Babel"], TypeScript: ["ts", "Babel"], CoffeeScript: ["CoffeeScript"], "es-module-shims": ["importShim"], Brython: ["__BRYTHON__"], "Processing.js": ["Processing"] };
  const TYPES = {
    "text/babel": "Babel", "text/jsx": "Babel", "text/typescript": "TypeScript", "application/typescript": "TypeScript",
    "text/tsx": "TypeScript", "text/coffeescript": "CoffeeScript", "module-shim": "es-module-shims", "text/python": "Brython",
    "application/processing": "Processing.js", "text/processing": "Processing.js",
  };
  const isThere = (name) => name in window && !(window[name] instanceof Element); // which has that id
  const types = [...document.scripts].map((script) => script.type.trim().toLowerCase()).filter((type) => Object.hasOwn(TYPES, type));
  const unrun = types.find((type) => !TRANSLATORS[TYPES[type]].some(isThere));
  return unrun ? [unrun, TYPES[unrun]] : null;
})();
