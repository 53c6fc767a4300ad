// Clears what WebGL has drawn on a canvas of a page before the next frame draws on it, as a browser does.
//
// A browser clears it when it has shown it: not at frames of which no picture is taken, or whenever it gets round to it. A
// page that clears nothing by itself, or not its depths, would draw upon what was there. So the browser has to preserve
// everything, and it is cleared here, at each frame: not before the page draws again, as the canvas shows it until then.
const makeDrawingBuffers = (scope) => {
  const KINDS = ["webgl", "webgl2", "experimental-webgl"];
  const DRAWS = /^(clear$|clearBuffer|draw(Arrays|Elements|RangeElements)|multiDraw|blitFramebuffer$)/;
  const isCleared = new WeakMap(); // context -> whether its page did not ask for it to be preserved
  const drawn = new Set(); // contexts that have drawn on their canvas in this frame
  const owed = new WeakSet(); // contexts whose canvas is to be cleared before something is drawn on it

  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = function (kind, attributes, ...values) {
    if (!KINDS.includes(kind)) return getContext.call(this, kind, attributes, ...values);
    const wanted = Object(attributes);
    const context = getContext.call(this, kind, { __proto__: wanted, preserveDrawingBuffer: true }, ...values);
    if (context && !isCleared.has(context)) isCleared.set(context, !wanted.preserveDrawingBuffer);
    return context;
  };

  // A browser shows, and clears, what can be seen of a page.
  const boxOf = Element.prototype.getBoundingClientRect;
  const isSeen = (canvas) => {
    if (!canvas.isConnected || !canvas.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const box = boxOf.call(canvas);
    return box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
  };

  // Return a function that clears the canvas of a context, and leaves everything else as the page has set it.
  const makeClear = (native) => (gl) => {
    const get = (name) => native.getParameter.call(gl, gl[name]);
    const set = ([color, depth, stencil, colors, depths, front, back]) => {
      native.clearColor.apply(gl, color);
      native.clearDepth.call(gl, depth);
      native.clearStencil.call(gl, stencil);
      native.colorMask.apply(gl, colors);
      native.depthMask.call(gl, depths);
      native.stencilMaskSeparate.call(gl, gl.FRONT, front);
      native.stencilMaskSeparate.call(gl, gl.BACK, back);
    };
    const values = ["COLOR_CLEAR_VALUE", "DEPTH_CLEAR_VALUE", "STENCIL_CLEAR_VALUE", "COLOR_WRITEMASK", "DEPTH_WRITEMASK"];
    const before = [...values, "STENCIL_WRITEMASK", "STENCIL_BACK_WRITEMASK"].map(get);
    const hindrances = [gl.SCISSOR_TEST, gl.RASTERIZER_DISCARD].filter((one) => one && native.isEnabled.call(gl, one));
    const isUndrawn = native.drawBuffers && get("DRAW_BUFFER0") === gl.NONE;
    hindrances.forEach((one) => native.disable.call(gl, one));
    if (isUndrawn) native.drawBuffers.call(gl, [gl.BACK]);
    set([[0, 0, 0, 0], 1, 0, [true, true, true, true], true, ~0, ~0]);
    native.clear.call(gl, gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT | gl.STENCIL_BUFFER_BIT);
    set(before);
    if (isUndrawn) native.drawBuffers.call(gl, [gl.NONE]);
    hindrances.forEach((one) => native.enable.call(gl, one));
  };

  for (const { prototype } of [scope.WebGLRenderingContext, scope.WebGL2RenderingContext].filter(Boolean)) {
    const native = {};
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
      if (typeof value === "function") native[name] = value;
    const clear = makeClear(native);
    const note = (gl) => {
      if (!isCleared.get(gl) || drawn.has(gl) || native.getParameter.call(gl, gl.FRAMEBUFFER_BINDING) !== null) return;
      drawn.add(gl);
      if (owed.delete(gl)) clear(gl);
    };
    const watch = (owner, contextOf) => {
      for (const name of Object.getOwnPropertyNames(owner).filter((name) => DRAWS.test(name))) {
        const draw = owner[name];
        owner[name] = function (...values) {
          note(contextOf(this));
          return draw.apply(this, values);
        };
      }
    };
    watch(prototype, (context) => context);
    const contexts = new WeakMap(); // extension -> its context
    const watched = new WeakSet([Object.prototype]); // prototypes of extensions
    prototype.getExtension = function (name) {
      const extension = native.getExtension.call(this, name);
      if (!extension) return extension;
      contexts.set(extension, this);
      const owner = Object.getPrototypeOf(extension);
      if (!watched.has(owner)) watch(owner, (one) => contexts.get(one));
      watched.add(owner);
      return extension;
    };
    prototype.getContextAttributes = function () {
      const attributes = native.getContextAttributes.call(this);
      if (attributes && isCleared.get(this)) attributes.preserveDrawingBuffer = false;
      return attributes;
    };
  }
  return {
    // Take what was drawn as shown: what is drawn from now on belongs to another frame.
    begin: () => {
      for (const context of drawn) if (isSeen(context.canvas)) owed.add(context);
      drawn.clear();
    },
  };
};
