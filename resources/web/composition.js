// Helios' contract, as its own renderer keeps it: a composition that does not play by itself is brought to the frame's time.
const makeComposition = ({ now, report }) => {
  const composition = { isSought: false, isSeeking: false, duration: Infinity };
  const tryTo = (call) => {
    try {
      return call();
    } catch (error) {
      report(error);
    }
  };
  const look = () => {
    let isInside = false;
    try {
      isInside = parent !== window && parent.__heliosClock.isSought();
    } catch {
      // a frame of another origin has a composition of its own, or none
    }
    const helios = window.helios;
    if (typeof helios?.seek !== "function") return void (composition.isSought = isInside);
    const state = tryTo(() => helios.getState?.()) ?? helios;
    composition.fps = Number(state.fps?.value ?? state.fps) || 30;
    composition.duration = Number(state.duration?.value ?? state.duration) || Infinity;
    composition.isSought = !(state.isPlaying?.value ?? state.isPlaying);
  };
  const seek = () => {
    const seconds = now() / 1000;
    window.__HELIOS_VIRTUAL_TIME__ = now();
    look();
    composition.isSeeking = true;
    const isSought = composition.isSought && typeof window.helios?.seek === "function";
    if (isSought) tryTo(() => window.helios.seek(Math.floor(seconds * composition.fps + 1e-6)));
    const timeline = window.__helios_gsap_timeline__;
    if (typeof timeline?.seek === "function") tryTo(() => timeline.seek(seconds));
    composition.isSeeking = false;
  };
  return Object.assign(composition, { look, seek });
};
