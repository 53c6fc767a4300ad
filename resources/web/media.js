// Brings the video and audio elements of a page to its time, and notes what of them is heard, from when to when.
//
// The browser never plays them: play() only remembers when it was called, and what is shown of a video is sought.
const makeMedia = ({ clock, real, roots, seeks, original, redefine }) => {
  const LOAD_SECONDS = 20;
  const SAME_PLACE = 0.0001; // seconds: a page that brings a playing element to where it is does not move it
  const STREAM = "stream:"; // the address of what has none
  const NO_SOURCE = 3; // HTMLMediaElement.NETWORK_NO_SOURCE

  const media = HTMLMediaElement.prototype;
  const realTime = original(media, "currentTime");
  const realPaused = original(media, "paused");
  const realAutoplay = original(media, "autoplay");
  const [realPause, realLoad] = [media.pause, media.load];

  const players = new Map(); // element -> what fresh() and player() say of it
  let lastId = 0;
  let hasMoved = false; // whether the page has brought a video that it shows to a time

  const tell = (element, ...names) => names.forEach((name) => element.dispatchEvent(new Event(name)));
  const failed = (element) => element.error || element.networkState === NO_SOURCE;
  const addressOf = (element) =>
    element.srcObject ? STREAM : element.getAttribute("src") ?? element.querySelector("source")?.getAttribute("src") ?? "";

  const fresh = () => ({
    base: clock.now(), // page time in ms at which it was at `time`, in s of the medium
    time: 0,
    playing: false,
    length: Infinity,
    stop: Infinity, // where the medium's address says that it stops
    known: false, // whether length and stop are known
    arrived: false, // whether the browser has enough of it to play it
    sought: false, // whether the page has brought it to a time
    moved: false, // whether the page has called play()
    frame: null, // what the browser says of the frame that it shows
    toldFrame: null, // the time in it of the one that the page heard of last
  });
  const player = (element) => {
    let where = players.get(element);
    if (!where) {
      // driven: Helios' driver sets its volume; attached: it is in the document
      where = { id: ++lastId, autoplay: false, attached: false, driven: false, address: addressOf(element), ...fresh() };
      players.set(element, where);
      seeks.watch(element);
    }
    const address = addressOf(element);
    if (address !== where.address) Object.assign(where, fresh(), { address }); // it shows something else
    return where;
  };

  // -- Helios' contract, as its own renderer keeps it: an element of a composition that does not play by itself, or one
  //    with its attributes, plays from an offset on, whoever calls play() or not
  const number = (value) => (Number.isFinite(parseFloat(value)) ? parseFloat(value) : 0);
  const isDeclared = (element, where) => {
    const { heliosOffset, heliosSeek, heliosFadeIn, heliosFadeOut, heliosTrackId } = element.dataset;
    if (!element.isConnected || where.moved) return false;
    return [heliosOffset, heliosSeek, heliosFadeIn, heliosFadeOut, heliosTrackId].some(Boolean) || clock.isSought();
  };
  const declaration = (element, where) => {
    const offset = number(element.dataset.heliosOffset);
    const seek = number(element.dataset.heliosSeek);
    const rate = element.playbackRate === 1 ? number(element.getAttribute("playbackrate")) || 1 : element.playbackRate;
    const end = element.loop ? clock.duration() : offset + (where.length - seek) / rate;
    const [fadeIn, fadeOut] = [number(element.dataset.heliosFadeIn), number(element.dataset.heliosFadeOut)];
    const isDriven = where.driven || clock.isDriven(element); // then its volume fades
    const fades = !isDriven && (fadeIn > 0 || fadeOut > 0);
    return {
      base: offset * 1000,
      time: Math.max(0, seek),
      rate,
      silent: "heliosNoAudio" in element.dataset,
      fade: fades ? { start: offset, in: fadeIn, out: Number.isFinite(end) ? fadeOut : 0, end: Number.isFinite(end) ? end : 0 } : null,
    };
  };
  // Return how an element goes on from now: null where it stands still.
  const courseOf = (element, where) => {
    if (isDeclared(element, where)) return declaration(element, where);
    if (!where.playing) return null;
    return { base: where.base, time: where.time, rate: element.playbackRate, silent: false, fade: null };
  };
  const placeOf = (element) => {
    const where = player(element);
    const course = courseOf(element, where);
    if (!course) return where.time;
    const time = course.time + (Math.max(0, clock.now() - course.base) / 1000) * course.rate;
    if (where.length === Infinity || where.length <= 0) return time;
    return element.loop ? time % where.length : Math.min(time, where.length);
  };

  // -- what a page calls
  const start = (element, where) => {
    if (where.playing) return;
    const place = placeOf(element);
    Object.assign(where, { base: clock.now(), time: place >= where.length ? 0 : place, playing: true });
    queueMicrotask(() => tell(element, "play", "playing"));
  };
  const hold = (element, where, names) => {
    Object.assign(where, { time: placeOf(element), base: clock.now(), playing: false });
    queueMicrotask(() => tell(element, ...names));
  };
  media.play = function () {
    const where = player(this);
    if (!clock.isSeeking()) where.moved = true;
    start(this, where);
    return Promise.resolve();
  };
  media.pause = function () {
    const where = player(this);
    if (where.playing) hold(this, where, ["pause"]);
    realPause.call(this);
  };
  media.load = function () {
    Object.assign(player(this), fresh());
    realLoad.call(this);
  };
  redefine(media, "paused", { get() { return !player(this).playing; } });
  redefine(media, "ended", {
    get() {
      const where = player(this);
      return where.known && !this.loop && placeOf(this) >= where.length;
    },
  });
  redefine(media, "currentTime", {
    get() { return placeOf(this); },
    set(time) {
      if (!Number.isFinite(Number(time))) return void realTime.set.call(this, time); // which says what is wrong
      const where = player(this);
      const isThere = where.playing && Math.abs(placeOf(this) - Number(time)) < SAME_PLACE;
      if (!isThere) Object.assign(where, { base: clock.now(), time: Number(time), sought: true });
      hasMoved ||= this instanceof HTMLVideoElement && this.isConnected;
      seeks.ask(this, Number(time), (frame) => (where.frame = frame));
    },
  });
  redefine(media, "autoplay", {
    get() { return realAutoplay.get.call(this) || Boolean(players.get(this)?.autoplay); },
    set(value) {
      realAutoplay.set.call(this, value);
      player(this).autoplay = Boolean(value);
    },
  });
  const realSource = original(media, "src");
  redefine(media, "src", {
    get() { return realSource.get.call(this); },
    set(value) {
      realSource.set.call(this, value);
      player(this); // also of an element that is never in the document
    },
  });
  window.Audio = new Proxy(window.Audio, {
    construct(target, values, self) {
      const element = Reflect.construct(target, values, self);
      player(element);
      return element;
    },
  });
  const realVolume = original(media, "volume");
  redefine(media, "volume", {
    get() { return realVolume.get.call(this); },
    set(value) {
      realVolume.set.call(this, value);
      if (clock.isSeeking()) player(this).driven = true; // by Helios' driver, which fades it, too
    },
  });

  // Blobs are kept, as pages revoke their addresses as soon as an element has loaded them.
  const blobs = new Map();
  const createObjectURL = URL.createObjectURL;
  URL.createObjectURL = (object) => {
    const address = createObjectURL.call(URL, object);
    if (object instanceof Blob && /^(audio|video)\/|^$|octet-stream/.test(object.type)) blobs.set(address, object);
    return address;
  };
  const readBlob = (address) =>
    new Promise((resolve) => {
      if (!blobs.has(address)) return resolve(null);
      const reader = new FileReader();
      reader.onloadend = () => resolve(String(reader.result ?? "").split(",")[1] ?? null);
      reader.readAsDataURL(blobs.get(address));
    });

  // -- loading
  const pause = (milliseconds) => new Promise((resolve) => real.setTimeout(resolve, milliseconds));
  const loads = async (element, state) => {
    if (element.preload === "none" || (state > 1 && element.preload === "metadata")) element.preload = "auto";
    for (let count = 0; element.readyState < state && !failed(element) && count < LOAD_SECONDS * 200; count++) await pause(5);
  };
  // Remember what a medium says of itself when it says it first: a later estimate would depend on the machine's speed.
  const know = (element, where) => {
    if (where.known || element.readyState < 1) return;
    where.known = true;
    where.length = Number.isFinite(element.duration) ? element.duration : Infinity;
    const fragment = /[#&]t=(?:npt:)?([\d.]*)(?:,([\d.]+))?/.exec(element.currentSrc);
    if (!fragment) return;
    if (!where.sought) where.time = number(fragment[1]);
    if (fragment[2]) where.stop = number(fragment[2]);
  };
  const take = () => {
    for (const root of roots) for (const element of root.querySelectorAll("video, audio")) player(element);
    for (const [element, where] of players) {
      if (realAutoplay.get.call(element)) {
        where.autoplay = true;
        realAutoplay.set.call(element, false); // else the browser starts it as soon as there is enough of it
      }
      if (where.autoplay && addressOf(element)) {
        where.autoplay = false;
        where.moved = !clock.isSought();
        start(element, where);
      }
      if (!realPaused.get.call(element)) realPause.call(element);
      if (element.isConnected) where.attached = true;
      else if (where.attached && where.playing) hold(element, where, ["pause"]);
      where.attached = element.isConnected;
    }
  };
  // Wait until the browser has what the page loads: a page may play it as soon as it is there, which takes no time.
  const arrives = async (element, where) => {
    where.arrived = true;
    if (element.preload === "none") return;
    const isFed = where.address.startsWith("blob:") && !blobs.has(where.address); // by a script, bit by bit
    await loads(element, isFed ? 1 : 4);
    await pause(5); // for its events
  };
  // Wait for what elements say of themselves: without it nobody knows when they end.
  const ready = async () => {
    take();
    for (const [element, where] of players) {
      if (!where.address || where.address === STREAM) continue;
      if (!where.arrived) await arrives(element, where);
      if (!courseOf(element, where)) continue;
      if (!where.known) {
        await loads(element, 1);
        know(element, where);
      }
      if (where.route && !(await where.route.load(element.currentSrc))) where.route = null; // it is heard as it is
    }
  };

  // -- ends
  const endOf = (element, where) => {
    const last = element.loop ? Infinity : Math.min(where.length, where.stop > where.time ? where.stop : Infinity);
    return where.base + (Math.max(0, last - where.time) / element.playbackRate) * 1000;
  };
  // Return when and how the element ends that is the first to end until then; null for none.
  const nextEnd = (until) => {
    let found = null;
    for (const [element, where] of players) {
      if (!where.playing || !where.known || isDeclared(element, where) || !(element.playbackRate > 0)) continue;
      const due = endOf(element, where);
      if (due > until || (found && due >= found.due)) continue;
      const end = () => {
        const stops = where.stop < where.length;
        Object.assign(where, { time: stops ? where.stop : where.length, base: clock.now(), playing: false, stop: Infinity });
        tell(element, ...(stops ? ["pause"] : ["timeupdate", "pause", "ended"]));
      };
      found = { due, end };
    }
    return found;
  };

  // -- what is heard
  let notes = [];
  const heard = new Map(); // element -> the text of what was noted of it last, and its volume
  const stateOf = (element, where) => {
    const course = courseOf(element, where);
    if (!course || course.silent || failed(element) || !where.address) return null;
    const isStream = where.address === STREAM;
    if (isStream && !element.srcObject.getAudioTracks?.().length) return null;
    const url = isStream ? STREAM : element.currentSrc;
    const loop = element.loop && where.length < Infinity ? where.length : 0;
    const { base, time: place, rate, fade } = course;
    return { url, base, place, rate, loop, length: where.length < Infinity ? where.length : 0, pitch: element.preservesPitch, fade };
  };
  // Note what has changed since the last time. A volume that a page sets frame by frame is meant to change steadily:
  // `since` is when the frame before was (ms), or null.
  const note = (since = null) => {
    take();
    for (const [element, where] of players) {
      const state = stateOf(element, where);
      const before = heard.get(element);
      if (!state && !before) continue;
      const volume = state && !element.muted ? element.volume : 0;
      const key = state ? JSON.stringify(state) : "";
      if (before && before.key === key && before.volume === volume && before.muted === element.muted) continue;
      const remember = () => (state ? heard.set(element, { key, volume, muted: element.muted }) : heard.delete(element));
      if (where.route) {
        if (before?.key !== key) where.route.play(state);
        where.route.setVolume(volume);
        remember();
        continue;
      }
      const steady = state && before?.key === key && since !== null && before.muted === element.muted && before.volume !== volume;
      notes.push({ player: where.id, noted: clock.now(), at: Math.max(clock.now(), state?.base ?? 0), since: steady ? since : null, volume, ...state });
      remember();
    }
  };
  const drain = () => {
    const drained = notes;
    notes = [];
    return drained;
  };
  // Have an element heard through a graph of Web Audio, see makeRoute in webaudio.js.
  const route = (element, way) => (player(element).route = way);
  // Return the addresses of what the browser cannot play and the page wants to show or play.
  const failures = () => {
    const wanted = ([element, where]) => addressOf(element) && (courseOf(element, where) || element instanceof HTMLVideoElement);
    return [...players].filter((one) => failed(one[0]) && wanted(one)).map(([element]) => element.currentSrc || addressOf(element));
  };

  // -- what is seen, and what is told by text tracks
  const hasCues = (element) => [...element.textTracks].some((track) => track.mode !== "disabled");
  const pin = async () => {
    take();
    for (const [element, where] of players) {
      const isVideo = element instanceof HTMLVideoElement;
      if (!(isVideo || hasCues(element) || element.controls) || !element.currentSrc || element.error) continue;
      await loads(element, 2);
      know(element, where);
      if (!failed(element)) await seeks.bring(element, placeOf(element), (frame) => (where.frame = frame));
    }
  };
  // What a page draws of a video may stay on its canvas: then it is at its time also at frames of which there is no picture.
  let isRead = false;
  for (const canvas of [HTMLCanvasElement, window.OffscreenCanvas]) {
    if (!canvas) continue;
    const { getContext } = canvas.prototype;
    canvas.prototype.getContext = function (...values) {
      isRead = true;
      return getContext.apply(this, values);
    };
  }
  const callbacks = new Map(); // element -> {id: callback}, for its next frame
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    isRead = true;
    callbacks.set(this, { ...callbacks.get(this), [++lastId]: callback });
    return lastId;
  };
  HTMLVideoElement.prototype.cancelVideoFrameCallback = function (id) {
    delete callbacks.get(this)?.[id];
  };
  const tellFrames = (time, report) => {
    for (const [element, wanted] of callbacks) {
      const where = player(element);
      if (!where.frame || where.toldFrame === where.frame.mediaTime) continue;
      const { mediaTime, width, height } = where.frame;
      Object.assign(where, { toldFrame: mediaTime, framesTold: (where.framesTold ?? 0) + 1 });
      const frame = { presentationTime: time, expectedDisplayTime: time, width, height, mediaTime, presentedFrames: where.framesTold };
      callbacks.delete(element);
      for (const id in wanted)
        try {
          wanted[id].call(element, time, frame);
        } catch (error) {
          report(error);
        }
    }
  };

  // Whether the page shows what comes at the pace of this machine.
  const isStream = (element) => element instanceof HTMLVideoElement && element.isConnected && element.srcObject?.getVideoTracks?.().length > 0;
  const showsStream = () => [...players.keys()].some(isStream);

  const plays = (isSuch) => [...players.values()].some((where) => isSuch(where.address));

  const tick = () => {
    for (const [element, where] of players) if (where.playing) tell(element, "timeupdate");
  };

  return { showsStream, plays, hasMoved: () => hasMoved, take, ready, pin, nextEnd, note, drain, tick, failures, readBlob, route, tellFrames, isRead: () => isRead || [...players.keys()].some(hasCues) };
};
