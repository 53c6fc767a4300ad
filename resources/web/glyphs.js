// Returns the characters that a page shows and no font has: in their place there are boxes, or nothing.
//
// Runs in a world of its own, where all is as the browser made it. A character that no font has is drawn as one that
// does not exist: with the first font's sign for it.
(() => {
  const MOST_ELEMENTS = 3000;
  const MOST_DRAWN = 3000;
  const NONE = 0x378; // no character, and never one
  const SIZE = 40; // pixels
  const UNSEEN = /[\s\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;
  const NO_TEXT = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "TITLE", "OPTION"]);

  const wanted = new Map(); // font -> the characters that are shown in it
  const want = (text, style) => {
    const font = [style.fontStyle, style.fontWeight, `${SIZE}px`, style.fontFamily].join(" ");
    if (!wanted.has(font)) wanted.set(font, { families: style.fontFamily.toLowerCase(), characters: new Set() });
    const shown = style.textTransform === "uppercase" ? text.toUpperCase() : text;
    for (const character of shown) if (!UNSEEN.test(character)) wanted.get(font).characters.add(character);
  };
  let count = 0;
  const textOf = (node) => [...node.childNodes].map((one) => (one.nodeType === Node.TEXT_NODE ? one.data : "")).join("");
  const visit = (root) => {
    if (root.host) want(textOf(root), getComputedStyle(root.host));
    for (const element of root.querySelectorAll("*")) {
      if (++count > MOST_ELEMENTS) return;
      if (element.shadowRoot) visit(element.shadowRoot);
      if (NO_TEXT.has(element.tagName) || !element.checkVisibility({ visibilityProperty: true })) continue;
      const text = textOf(element);
      if (text.trim()) want(text, getComputedStyle(element));
      for (const edge of ["::before", "::after"]) {
        const style = getComputedStyle(element, edge);
        const said = /^"(.*)"$/.exec(style.content);
        if (said) want(said[1], style);
      }
    }
  };
  visit(document);

  // A font of the page that is not loaded yet would be, if it were asked for the character that does not exist.
  const covers = (face, code) =>
    [...face.unicodeRange.matchAll(/U\+([\dA-F?]+)(?:-([\dA-F]+))?/gi)].some(
      ([, from, to]) => code >= parseInt(from.replace(/\?/g, "0"), 16) && code <= parseInt(to ?? from.replace(/\?/g, "F"), 16),
    );
  const unloaded = [...document.fonts]
    .filter((face) => face.status !== "loaded" && covers(face, NONE))
    .map((face) => face.family.replace(/["']/g, "").toLowerCase());

  const canvas = Object.assign(document.createElement("canvas"), { width: SIZE * 2, height: SIZE * 2 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const drawn = (character) => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.fillText(character, SIZE / 4, SIZE * 1.5);
    return pen.getImageData(0, 0, canvas.width, canvas.height).data.join();
  };
  const missing = new Set();
  let left = MOST_DRAWN;
  for (const [font, { families, characters }] of wanted) {
    if (unloaded.some((family) => families.includes(family))) continue;
    pen.font = font;
    const none = String.fromCodePoint(NONE);
    const width = pen.measureText(none).width;
    let sign = null;
    for (const character of characters) {
      if (pen.measureText(character).width !== width || --left < 0) continue;
      sign ??= drawn(none);
      if (drawn(character) === sign) missing.add(character);
    }
  }
  return [...missing].join("");
})();
