// Returns sizes that the page may have of its own, best first, each as [width, height, whether it is certain].
//
// Those that are not certain are the page's own if they are the same in a view of another size.
(() => {
  const viewport = document.querySelector('meta[name="viewport" i]')?.content ?? "";
  const said = ["width", "height"].map((name) => Number(new RegExp(`(?:^|[\\s,;])${name}\\s*=\\s*(\\d+)`, "i").exec(viewport)?.[1]));
  if (said[0] && said[1]) return [[...said, true]];

  const sizes = [];
  const add = (element) => {
    const { width, height } = element.getBoundingClientRect();
    sizes.push([Math.round(width), Math.round(height), false]);
  };
  const isFixed = (element) =>
    ["width", "height"].every((name) => element.computedStyleMap().get(name) instanceof CSSUnitValue && element.computedStyleMap().get(name).unit === "px");
  const isPicture = (element) => ["CANVAS", "SVG", "VIDEO"].includes(element.tagName.toUpperCase());
  const isStage = (element) => isFixed(element) && getComputedStyle(element).overflow !== "visible";
  const isShown = (element) => element.checkVisibility() && element.getBoundingClientRect().height > 0;

  // What is around all that is shown: <html>, <body>, and so on as long as there is only one thing in it.
  for (let element = document.documentElement, depth = 0; element && depth < 16; depth++) {
    if (depth < 2 ? isFixed(element) : isStage(element)) add(element);
    if (isPicture(element)) {
      add(element);
      break;
    }
    const nodes = element === document.documentElement ? [document.body] : [...element.childNodes];
    if (nodes.some((node) => node?.nodeType === Node.TEXT_NODE && node.data.trim())) break;
    const shown = nodes.filter((node) => node instanceof Element && isShown(node));
    element = shown.length === 1 ? shown[0] : null;
  }
  return sizes;
})();
