// Reads the picture of a page that is one canvas and nothing else, which is faster than a screenshot of it.
//
// That the canvas fills the view, that nothing else is shown and that nothing changes how it is shown is looked at
// anew for each picture. Where in doubt, there is no picture.
const makeCanvas = ({ original }) => {
  const MOST_ELEMENTS = 64;
  const OPAQUE = 0xff000000;
  const HEADER = 14; // bytes of QOI before the pixels
  const END = [0, 0, 0, 0, 0, 0, 0, 1]; // and after them
  // What each element from <html> to the canvas must have for the canvas to be shown as it is.
  const NEUTRAL = {
    opacity: ["1"],
    visibility: ["visible"],
    filter: ["none"],
    backdropFilter: ["none"],
    transform: ["none"],
    translate: ["none"],
    rotate: ["none"],
    scale: ["none"],
    perspective: ["none"],
    mixBlendMode: ["normal"],
    clipPath: ["none"],
    clip: ["auto"],
    maskImage: ["none"],
    webkitMaskBoxImageSource: ["none", undefined],
    offsetPath: ["none"],
    contain: ["none"],
    outlineStyle: ["none"],
    webkitBoxReflect: ["none"],
    dynamicRangeLimit: ["no-limit", undefined],
    display: ["block", "inline", "inline-block", "flex", "inline-flex", "grid", "inline-grid", "flow-root"],
  };

  const styleOf = window.getComputedStyle.bind(window);
  const toBase64 = Uint8Array.prototype.toBase64; // not in browsers before 2025, which make screenshots
  const pixelsOf = CanvasRenderingContext2D.prototype.getImageData;
  const boxOf = Element.prototype.getBoundingClientRect;
  const widthOf = original(HTMLCanvasElement.prototype, "width").get;
  const heightOf = original(HTMLCanvasElement.prototype, "height").get;

  const pens = new WeakMap(); // canvas -> its 2D context
  const getContext = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (...values) {
    const context = getContext.apply(this, values);
    if (context instanceof CanvasRenderingContext2D) pens.set(this, context);
    return context;
  };

  // A program of WebGL is ready when it was compiled, in no time: who asks again and again would show it at some frame.
  const LATER = "KHR_parallel_shader_compile";
  for (const context of [window.WebGLRenderingContext, window.WebGL2RenderingContext]) {
    if (!context) continue;
    const { getExtension, getSupportedExtensions } = context.prototype;
    context.prototype.getExtension = function (name) {
      return String(name).toLowerCase() === LATER.toLowerCase() ? null : getExtension.call(this, name);
    };
    context.prototype.getSupportedExtensions = function () {
      return getSupportedExtensions.call(this)?.filter((name) => name !== LATER) ?? null;
    };
  }

  // Return a style that is neutral, or null; what would be drawn before and after the element counts, too.
  const neutral = (element) => {
    const style = styleOf(element);
    for (const name in NEUTRAL) if (!NEUTRAL[name].includes(style[name])) return null;
    for (const edge of ["::before", "::after"]) if (!["none", "normal"].includes(styleOf(element, edge).content)) return null;
    return element.shadowRoot ? null : style;
  };
  const covers = (element, view) => {
    const box = boxOf.call(element);
    return box.left <= 0 && box.top <= 0 && box.right >= view.width && box.bottom >= view.height;
  };
  const cuts = (style) => style.overflowX !== "visible" || style.overflowY !== "visible";
  // Whether an element does not cut off what is in it.
  const isOpen = (element, style, view) =>
    !cuts(style) || (covers(element, view) && style.borderWidth === "0px" && style.borderRadius === "0px");
  const isBlank = (node) => node.nodeType === Node.COMMENT_NODE || (node.nodeType === Node.TEXT_NODE && !node.data.trim());

  // Return the one thing that an element shows: an element, or null for none or several.
  const onlyOne = (parent) => {
    let found = null;
    if (parent.childNodes.length > MOST_ELEMENTS) return null;
    for (const node of parent.childNodes) {
      if (isBlank(node)) continue;
      if (node.nodeType !== Node.ELEMENT_NODE) return null;
      if (styleOf(node).display === "none") continue;
      if (found) return null;
      found = node;
    }
    return found;
  };
  const findCanvas = (view) => {
    const html = document.documentElement;
    if (window !== top || window.length || document.activeViewTransition || !getSelection()?.isCollapsed) return null;
    if (html.namespaceURI !== "http://www.w3.org/1999/xhtml") return null;
    let isViewCut = false; // by <html> or <body>, of which the first one to cut cuts the view and not itself
    for (let element = html, depth = 0; element && depth < 16; element = onlyOne(element), depth++) {
      const style = neutral(element);
      if (!style) return null;
      if (element instanceof HTMLCanvasElement) return isWhole(element, style, view) ? element : null;
      if (!isViewCut && depth < 2 && cuts(style)) isViewCut = true;
      else if (!isOpen(element, style, view)) return null;
    }
    return null;
  };
  const isWhole = (canvas, style, view) => {
    const box = boxOf.call(canvas);
    return (
      widthOf.call(canvas) === view.columns &&
      heightOf.call(canvas) === view.rows &&
      [box.left, box.top, box.width, box.height].join() === [0, 0, view.width, view.height].join() &&
      style.padding === "0px" &&
      style.borderWidth === "0px" &&
      style.borderRadius === "0px" &&
      style.objectFit === "fill" &&
      visualViewport.scale === 1
    );
  };
  // Return pixels as a QOI picture (qoiformat.org), or null where one is not opaque.
  let written = new Uint8Array(0);
  const pack = (pixels, width, height) => {
    const most = HEADER + pixels.length * 4 + END.length;
    if (written.length < most) written = new Uint8Array(most);
    const bytes = written;
    new DataView(bytes.buffer).setUint32(0, 0x716f6966); // qoif
    new DataView(bytes.buffer).setUint32(4, width);
    new DataView(bytes.buffer).setUint32(8, height);
    bytes[12] = 3; // RGB
    bytes[13] = 0; // sRGB
    const seen = new Uint32Array(64);
    let place = HEADER;
    let before = OPAQUE;
    let red0 = 0;
    let green0 = 0;
    let blue0 = 0;
    let run = 0;
    for (let index = 0; index < pixels.length; index++) {
      const pixel = pixels[index];
      if (pixel === before) {
        if (++run === 62) {
          bytes[place++] = 0xfd;
          run = 0;
        }
        continue;
      }
      if (pixel < OPAQUE) return null; // alpha is the highest byte
      if (run) {
        bytes[place++] = 0xbf + run;
        run = 0;
      }
      const red = pixel & 255;
      const green = (pixel >>> 8) & 255;
      const blue = (pixel >>> 16) & 255;
      const slot = (red * 3 + green * 5 + blue * 7 + 255 * 11) & 63;
      if (seen[slot] === pixel) {
        bytes[place++] = slot;
      } else {
        seen[slot] = pixel;
        const byRed = ((red - red0) << 24) >> 24;
        const byGreen = ((green - green0) << 24) >> 24;
        const byBlue = ((blue - blue0) << 24) >> 24;
        const redMore = byRed - byGreen;
        const blueMore = byBlue - byGreen;
        if (byRed > -3 && byRed < 2 && byGreen > -3 && byGreen < 2 && byBlue > -3 && byBlue < 2) {
          bytes[place++] = 0x40 | ((byRed + 2) << 4) | ((byGreen + 2) << 2) | (byBlue + 2);
        } else if (byGreen > -33 && byGreen < 32 && redMore > -9 && redMore < 8 && blueMore > -9 && blueMore < 8) {
          bytes[place++] = 0x80 | (byGreen + 32);
          bytes[place++] = ((redMore + 8) << 4) | (blueMore + 8);
        } else {
          bytes[place++] = 0xfe;
          bytes[place++] = red;
          bytes[place++] = green;
          bytes[place++] = blue;
        }
      }
      before = pixel;
      red0 = red;
      green0 = green;
      blue0 = blue;
    }
    if (run) bytes[place++] = 0xbf + run;
    bytes.set(END, place);
    return bytes.subarray(0, place + END.length);
  };

  // Return the picture as QOI in Base64; empty where the page is more than an opaque canvas of this size.
  const read = (view) => {
    const canvas = toBase64 && findCanvas(view);
    const pen = canvas && pens.get(canvas);
    if (!pen || pen.isContextLost()) return "";
    try {
      const settings = pen.getContextAttributes();
      if (settings.colorSpace !== "srgb" || ![undefined, "unorm8"].includes(settings.colorType)) return "";
      const data = pixelsOf.call(pen, 0, 0, view.columns, view.rows).data;
      const picture = pack(new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4), view.columns, view.rows);
      return picture ? toBase64.call(picture) : "";
    } catch {
      return ""; // it shows something of another origin
    }
  };

  return { read };
};
