// Has the browser draw a frame as it would draw it first, whatever it has drawn before.
//
// It paints what moves into layers, which it moves from frame to frame. Two things of the past stay in such a layer:
// - One of an animation, or of `will-change`, keeps the sub-pixel place and the scale at which it was painted first. So these
//   make no layers: what is in something whose contents change is painted where it is.
// - One of a 3D transform is painted anew for each place, over what was in its memory before: Chromium takes it to be opaque
//   where a background fills it, although its edges cover parts of pixels. One with round corners, too small to be seen, is not
//   taken to be that: such a layer is cleared first, and a picture in it has the resolution at which it is shown. What is left
//   of the past in scaled layers is gone after some frames: see Page.pass_frames.
//
// Return functions: one that looks at what the page has become, and one that tells whether it has such layers.
const makeLayers = ({ document, roots, animations }) => {
  const ROUND = "{ border-radius: 0.01px }"; // where the page's style says nothing of it
  const SELF_DRAWN = ":where(:not(html, body, button, input, select, textarea, meter, progress, canvas, video, iframe, embed, object, svg))";
  const IN_3D =
    /3d\(|translateZ\(|rotate[XY]\(|scaleZ\(|(?:translate|scale):(?: [^\s;]+){3}|rotate: (?:[xy]|[\d.-]+ )|backface-visibility: hidden/i;
  const HIDDEN_BACKS = ["backface-visibility: hidden", "backface-visibility:hidden"]; // as the page may have written it
  const WORDS = ["3d(", "translateZ(", "rotateX(", "rotateY(", "scaleZ(", ...HIDDEN_BACKS];
  const INLINE = WORDS.map((text) => `[style*="${text}" i]`).join();
  const PERHAPS_INLINE = ["translate:", "rotate:", "scale:"].map((text) => `[style*="${text}" i]`).join();
  const EVERYWHERE = "*";

  // -- where the page's style makes something three-dimensional: selectors
  const known = new WeakMap(); // style sheet -> how many rules it had, and what was found
  const selectorsOf = (rule) => {
    if (rule.styleSheet) return selectorsIn(rule.styleSheet);
    if (!IN_3D.test(rule.cssText)) return [];
    const isPlain = rule.selectorText && !rule.cssRules?.length && !/::|:(?:before|after)|&/.test(rule.selectorText);
    if (isPlain) return [rule.selectorText];
    const isGroup = rule.cssRules && !rule.selectorText && !(rule instanceof CSSKeyframesRule);
    return isGroup ? [...rule.cssRules].flatMap(selectorsOf) : [EVERYWHERE];
  };
  const selectorsIn = (sheet) => {
    try {
      const count = sheet.cssRules.length;
      if (known.get(sheet)?.count !== count) known.set(sheet, { count, found: [...sheet.cssRules].flatMap(selectorsOf) });
      return known.get(sheet).found;
    } catch {
      return [EVERYWHERE]; // no script may read it
    }
  };

  // -- rules that the page changes where they are
  const open = new Map(); // rule whose style the page has taken, and may change at any time -> its text
  const outermost = (rule) => (rule.parentRule ? outermost(rule.parentRule) : rule);
  const sheetOf = (thing) => (thing instanceof CSSRule ? outermost(thing).parentStyleSheet : thing);
  const forget = (thing) => {
    for (let sheet = sheetOf(thing); sheet; sheet = sheet.ownerRule && sheetOf(sheet.ownerRule)) known.delete(sheet);
  };
  const noteOpen = (rule) => open.has(rule) || open.set(rule, rule.cssText);
  const lookAtOpen = () => {
    for (const [rule, text] of open) {
      if (!sheetOf(rule)) {
        open.delete(rule); // it was taken out
      } else if (rule.cssText !== text) {
        open.set(rule, rule.cssText);
        forget(rule);
      }
    }
  };
  // Call `note` with what a property or a method was used of, once it was.
  const watch = (kind, names, note) => {
    for (const name of names) {
      const property = kind && Object.getOwnPropertyDescriptor(kind.prototype, name);
      if (!property) continue; // a browser of before
      for (const use of ["value", "get", "set"]) {
        const native = property[use];
        if (typeof native !== "function") continue;
        property[use] = function (...values) {
          const result = native.apply(this, values);
          note(this);
          return result;
        };
      }
      Object.defineProperty(kind.prototype, name, property);
    }
  };
  for (const kind of [CSSStyleRule, CSSKeyframeRule, window.CSSNestedDeclarations]) watch(kind, ["style", "styleMap"], noteOpen);
  watch(CSSStyleRule, ["selectorText", "insertRule", "deleteRule"], forget);
  watch(CSSGroupingRule, ["insertRule", "deleteRule"], forget);
  watch(CSSKeyframesRule, ["appendRule", "deleteRule"], forget);
  watch(CSSStyleSheet, ["insertRule", "deleteRule", "addRule", "removeRule", "replace", "replaceSync"], forget);

  const moves = new WeakMap(); // effect of an animation -> whether it is three-dimensional
  const isMovedIn3d = ({ effect }) => {
    if (!(effect instanceof KeyframeEffect)) return false;
    if (!moves.has(effect)) {
      const moved = (frame) => ["transform", "translate", "rotate", "scale"].some((name) => IN_3D.test(`${name}: ${frame[name]}`));
      moves.set(effect, effect.getKeyframes().some(moved));
    }
    return moves.get(effect);
  };

  // -- one sheet a root: a page may replace those that it has
  const sheets = new WeakMap();
  const show = (root, selectors) => {
    const moved = `:where(${[INLINE, ...new Set(selectors)].join()})`;
    const rounded = `${moved}${SELF_DRAWN}, ${moved} ${SELF_DRAWN}, ${moved}::before, ${moved}::after, ${moved} ::before, ${moved} ::after`;
    const text = `${root === document ? ":root { will-change: contents !important } " : ""}${rounded} ${ROUND}`;
    const ours = sheets.get(root) ?? { sheet: new CSSStyleSheet(), text: "" };
    sheets.set(root, ours);
    if (ours.text !== text) ours.sheet.replaceSync((ours.text = text));
    if (!root.adoptedStyleSheets.includes(ours.sheet)) root.adoptedStyleSheets.push(ours.sheet);
  };
  let isIn3d = false;
  const look = () => {
    lookAtOpen();
    const moved = animations().some(isMovedIn3d) ? [EVERYWHERE] : [];
    for (const root of roots) {
      if ((root.ownerDocument ?? root) !== document) continue; // it was moved to another one, which takes no sheet of ours
      const own = [...root.styleSheets, ...root.adoptedStyleSheets].filter((sheet) => sheet !== sheets.get(root)?.sheet);
      const inline = [...root.querySelectorAll(PERHAPS_INLINE)].some((one) => one.style && IN_3D.test(one.style.cssText));
      const selectors = [...moved, ...(inline ? [EVERYWHERE] : []), ...own.flatMap(selectorsIn)];
      show(root, selectors);
      isIn3d ||= selectors.length > 0 || root.querySelector(INLINE) !== null;
    }
  };
  show(document, []);
  return { look, areIn3d: () => isIn3d };
};
