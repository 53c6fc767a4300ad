// The canvases that a page gives away with transferControlToOffscreen, and what is drawn on them.
//
// A browser shows such a canvas when it gets round to it, at this frame or a later one. So the page gets an
// OffscreenCanvas that belongs to nothing, and its canvas an ordinary picture of it at the end of each frame. One that is
// sent to a worker keeps its number: worker_clock.js sends back what is drawn there.

// Knows the contexts of the OffscreenCanvases of a page or a worker, and what is drawn on them.
const makeOffscreenContexts = (scope) => {
  const FRAMEBUFFER_BINDING = 0x8ca6;
  const DRAWS = /^(clear$|clearBuffer|draw(Arrays|Elements|RangeElements)|blitFramebuffer$)/;
  const contexts = new WeakMap(); // OffscreenCanvas -> its context
  const changed = new WeakSet(); // contexts of WebGL that have drawn on their canvas since their picture was taken
  const prototype = scope.OffscreenCanvas?.prototype;
  if (prototype) {
    const { getContext } = prototype;
    prototype.getContext = function (...values) {
      const context = getContext.apply(this, values);
      if (context) contexts.set(this, context);
      return context;
    };
  }
  const kinds = [scope.WebGLRenderingContext, scope.WebGL2RenderingContext].filter(Boolean);
  for (const { prototype } of kinds)
    for (const name of Object.getOwnPropertyNames(prototype).filter((name) => DRAWS.test(name))) {
      const native = prototype[name];
      prototype[name] = function (...values) {
        if (!(this.canvas instanceof scope.OffscreenCanvas)) return native.apply(this, values);
        if (this.getParameter(FRAMEBUFFER_BINDING) === null) changed.add(this);
        return native.apply(this, values);
      };
    }
  const isCleared = (context) => kinds.some((kind) => context instanceof kind) && !context.getContextAttributes()?.preserveDrawingBuffer;
  return {
    isLost: (canvas) => !contexts.has(canvas) && !canvas.width && !canvas.height, // sent on, with what was drawn there
    // Return what a canvas shows: itself, a picture of it, or null for what it showed before. As in any browser, one of
    // WebGL is empty then, unless it is to be preserved.
    shown: (canvas) => {
      const context = contexts.get(canvas);
      if (!context || !canvas.width || !canvas.height) return null;
      if (!isCleared(context)) return canvas;
      return changed.delete(context) ? canvas.transferToImageBitmap() : null;
    },
  };
};

// Return the OffscreenCanvases in a message, in an order that is the same on both of its sides.
const canvasesIn = (message) => {
  const found = new Set();
  const seen = new Set();
  const look = (value) => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof OffscreenCanvas) found.add(value);
    else if (value instanceof Map) for (const [key, inner] of value) look(key), look(inner);
    else if (Array.isArray(value) || value instanceof Set) value.forEach(look);
    else if ([Object.prototype, null].includes(Object.getPrototypeOf(value))) Object.values(value).forEach(look);
  };
  look(message);
  return [...found];
};

// Shows in a page what is drawn on the canvases that it gave away.
const makeGivenCanvases = ({ original, redefine }) => {
  const given = new Map(); // number -> {canvas, pen, away, isSent}
  const numbers = new WeakMap(); // OffscreenCanvas -> its number
  const taken = new WeakSet(); // canvases that were given away
  const drawn = new WeakSet(); // canvases that the page draws on as on any
  const offscreen = makeOffscreenContexts(window);
  const canvas = window.HTMLCanvasElement.prototype;
  const size = { width: original(canvas, "width"), height: original(canvas, "height") };
  const { getContext, transferControlToOffscreen } = canvas;
  const { drawImage } = CanvasRenderingContext2D.prototype;
  const refuse = (what) => {
    throw new DOMException(`${what}: the canvas was given away with transferControlToOffscreen().`, "InvalidStateError");
  };
  let isLost = false;

  if (transferControlToOffscreen) {
    canvas.transferControlToOffscreen = function () {
      if (taken.has(this)) refuse("transferControlToOffscreen");
      if (drawn.has(this)) return transferControlToOffscreen.call(this); // which says why it cannot be
      taken.add(this);
      const away = new OffscreenCanvas(size.width.get.call(this), size.height.get.call(this));
      numbers.set(away, given.size);
      given.set(given.size, { canvas: this, pen: getContext.call(this, "2d"), away, isSent: false });
      return away;
    };
    canvas.getContext = function (...values) {
      if (taken.has(this)) refuse("getContext");
      const context = getContext.apply(this, values);
      if (context) drawn.add(this);
      return context;
    };
    for (const name in size)
      redefine(canvas, name, {
        get: size[name].get,
        set(value) {
          if (taken.has(this)) refuse(name);
          size[name].set.call(this, value);
        },
      });
  }

  const draw = ({ canvas, pen }, picture) => {
    for (const name in size) if (size[name].get.call(canvas) !== picture[name]) size[name].set.call(canvas, picture[name]);
    pen.globalCompositeOperation = "copy";
    drawImage.call(pen, picture, 0, 0);
  };
  return {
    // Return the numbers of the canvases in a message to a worker, in their order; from now on, it draws them.
    send: (message, transferred) => {
      const sent = canvasesIn(message).filter((one) => transferred.includes(one) && numbers.has(one));
      for (const one of sent) given.get(numbers.get(one)).isSent = true;
      return sent.map((one) => numbers.get(one));
    },
    // Show what a worker has drawn: pairs of a canvas' number and an ImageBitmap.
    take: (pictures) => {
      for (const [number, picture] of pictures) {
        draw(given.get(number), picture);
        picture.close();
      }
    },
    // Show what the page itself has drawn.
    show: () => {
      for (const one of given.values()) {
        if (one.isSent) continue;
        if (offscreen.isLost(one.away)) isLost = true;
        const picture = offscreen.shown(one.away);
        if (picture) draw(one, picture);
        if (picture instanceof ImageBitmap) picture.close();
      }
    },
    // Have it known that a worker has sent on what it was to draw.
    lose: () => void (isLost = true),
    areSent: () => [...given.values()].some((one) => one.isSent),
    areLost: () => isLost,
  };
};
