// Knows whether the first frame of a document was drawn, for pages that begin a moment later: they measure the time since
// their script ran, which is none at the first frame, and draw only when some has passed, as p5.js does; or they draw
// before what they draw with is ready, as Babylon.js does. In a film, that would be a frame of nothing.
const makeFirstFrame = (scope) => {
  const IN_2D = ["clearRect", "drawImage", "fill", "fillRect", "fillText", "putImageData", "stroke", "strokeRect", "strokeText"];
  const DRAWING = {
    CanvasRenderingContext2D: IN_2D,
    OffscreenCanvasRenderingContext2D: IN_2D,
    WebGLRenderingContext: ["clear", "drawArrays", "drawElements"],
    WebGL2RenderingContext: ["clear", "drawArrays", "drawArraysInstanced", "drawElements", "drawElementsInstanced"],
    ImageBitmapRenderingContext: ["transferFromImageBitmap"],
    GPUQueue: ["submit"],
  };
  const MAKING = { WebGLRenderingContext: ["linkProgram"], WebGL2RenderingContext: ["linkProgram"] };
  const counts = { drawn: 0, made: 0, isUnseen: false }; // isUnseen: whether nothing was drawn since something was made
  const restores = [];
  const count = (methods, name) => {
    for (const owner in methods)
      for (const method of methods[owner]) {
        const prototype = scope[owner]?.prototype;
        const native = prototype?.[method];
        if (typeof native !== "function") continue;
        const counted = function (...values) {
          counts[name]++;
          counts.isUnseen = name === "made";
          return native.apply(this, values);
        };
        prototype[method] = counted;
        restores.push(() => prototype[method] === counted && (prototype[method] = native));
      }
  };
  count(DRAWING, "drawn");
  count(MAKING, "made");
  return {
    counts: () => ({ ...counts }),
    // Count no longer: it takes time.
    end: () => restores.splice(0).forEach((restore) => restore()),
  };
};
