// Shows animated pictures (GIF, WebP, APNG, AVIF) at the page's time: each is decoded, and where the page shows it, a
// still of the frame of that time stands in for it. Pictures on a canvas are the first frame, as in any browser.
const makePictures = ({ clock, roots }) => {
  const MARK = "data:image/png;helios=still;base64,"; // as in page_loads.py
  const ADDRESS = /url\((?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^)"']*))\)/g;
  const SHORTEST = 10; // milliseconds: browsers show what is meant to be shown no longer than this for LONG
  const LONG = 100;

  const seen = new Map(); // address -> page time when the page showed it first: when it begins to move
  const films = new Map(); // address -> what add() knows of it
  const stills = new Map(); // element or style declaration -> {property: {original, applied}}

  const absolute = (address, base) => {
    try {
      return new URL(address, base).href.split("#")[0];
    } catch {
      return address;
    }
  };
  const addressesIn = (value, base) => [...value.matchAll(ADDRESS)].map((found) => absolute(found[1] ?? found[2] ?? found[3].trim(), base));
  const everywhere = (selector) => [...roots].flatMap((root) => [...root.querySelectorAll(selector)]);
  const linkOf = (image) => image.getAttribute("href") ?? image.getAttribute("xlink:href") ?? "";

  // What an image may show: its currentSrc is only known when it is loaded, whose time depends on the machine.
  const candidates = (image) => {
    const sets = [image, ...(image.closest("picture")?.querySelectorAll("source") ?? [])].map((one) => one.srcset);
    return [image.src, ...sets.flatMap((set) => set.split(",").map((part) => part.trim().split(/\s+/)[0]))];
  };

  // Note what the page shows now for the first time.
  const look = () => {
    const see = (address) => seen.has(address) || seen.set(address, clock.now());
    for (const image of everywhere("img"))
      for (const address of candidates(image)) if (address) see(absolute(address, document.baseURI));
    for (const image of everywhere("image")) see(absolute(linkOf(image), document.baseURI));
    for (const element of everywhere('[style*="url("]'))
      for (const address of addressesIn(element.getAttribute("style"), document.baseURI)) see(address);
  };

  // Take an animated picture. Return whether it can be shown.
  const add = async (address, base64, type) => {
    if (films.has(address)) return true;
    try {
      return await read(address, base64, type);
    } catch {
      return false; // it is damaged
    }
  };
  const read = async (address, base64, type) => {
    if (typeof ImageDecoder !== "function" || !(await ImageDecoder.isTypeSupported(type))) return false;
    const data = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const decoder = new ImageDecoder({ data, type, preferAnimation: true });
    await Promise.all([decoder.tracks.ready, decoder.completed]);
    const { frameCount, repetitionCount } = decoder.tracks.selectedTrack;
    const ends = [];
    let size = null;
    for (let frameIndex = 0; frameIndex < frameCount; frameIndex++) {
      const { image } = await decoder.decode({ frameIndex });
      const duration = (image.duration ?? 0) / 1000;
      ends.push((ends.at(-1) ?? 0) + (duration > SHORTEST ? duration : LONG));
      size = [image.displayWidth, image.displayHeight];
      image.close();
    }
    films.set(address, { decoder, ends, rounds: repetitionCount + 1, size, shown: new Map(), still: "" });
    return true;
  };

  const frameAt = (film, time) => {
    const length = film.ends.at(-1);
    if (time >= length * film.rounds) return film.ends.length - 1;
    const place = time % length;
    return film.ends.findIndex((end) => place < end);
  };
  const stillOf = async (film, frameIndex) => {
    if (!film.shown.has(frameIndex)) {
      const { image } = await film.decoder.decode({ frameIndex });
      const canvas = new OffscreenCanvas(...film.size);
      canvas.getContext("2d").drawImage(image, 0, 0);
      image.close();
      const blob = await canvas.convertToBlob({ type: "image/png" });
      const text = await new Promise((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result);
        reader.readAsDataURL(blob);
      });
      const still = new Image(); // kept: what the browser holds is there at once
      still.src = MARK + text.split(",")[1];
      await still.decode();
      film.shown.set(frameIndex, still);
    }
    return film.shown.get(frameIndex).src;
  };

  // -- where they are shown
  const remembered = (owner) => stills.get(owner) ?? stills.set(owner, {}).get(owner);
  const pinStyle = (style, property, base) => {
    const value = style.getPropertyValue(property);
    const known = remembered(style)[property];
    const original = known?.applied === value ? known.original : value; // else the page has set it
    if (!addressesIn(original, base).some((address) => films.has(address))) return void delete remembered(style)[property];
    const replace = (text, ...parts) => {
      const film = films.get(absolute(parts[0] ?? parts[1] ?? parts[2].trim(), base));
      return film ? `url("${film.still}")` : text;
    };
    const wanted = original.replace(ADDRESS, replace);
    if (wanted !== value) style.setProperty(property, wanted, style.getPropertyPriority(property));
    remembered(style)[property] = { original, applied: style.getPropertyValue(property) };
  };
  const pinStyles = (style, base) => {
    for (const property of [...style]) if (style.getPropertyValue(property).includes("url(")) pinStyle(style, property, base);
  };
  const pinRules = (rules, base) => {
    for (const rule of rules) {
      if (rule.style) pinStyles(rule.style, base);
      if (rule.styleSheet) pinSheet(rule.styleSheet);
      else if (rule.cssRules) pinRules(rule.cssRules, base);
    }
  };
  let closed = false; // whether there are style sheets that no script may read
  const pinSheet = (sheet) => {
    try {
      pinRules(sheet.cssRules, sheet.href ?? document.baseURI);
    } catch {
      closed = true;
    }
  };
  const pinImage = (image) => {
    const film = films.get(absolute(image.currentSrc, document.baseURI));
    const known = stills.get(image);
    if (!film && !known) return;
    if (!film) {
      image.style.removeProperty("content");
      return void stills.delete(image);
    }
    const density = film.size[0] / (image.naturalWidth || film.size[0]);
    const wanted = density === 1 ? `url("${film.still}")` : `image-set(url("${film.still}") ${density}x)`;
    if (known?.applied !== wanted) image.style.setProperty("content", wanted, "important");
    stills.set(image, { applied: wanted });
  };
  const pinLink = (image) => {
    const value = linkOf(image);
    const known = stills.get(image);
    const original = known?.applied === value ? known.original : value;
    const film = films.get(absolute(original, document.baseURI));
    if (!film) return void stills.delete(image);
    if (value !== film.still) image.setAttribute("href", film.still);
    stills.set(image, { original, applied: film.still });
  };

  // Show all at the page's time.
  const pin = async () => {
    if (!films.size) return;
    for (const [address, film] of films)
      film.still = await stillOf(film, frameAt(film, Math.max(0, clock.now() - (seen.get(address) ?? clock.born))));
    closed = false;
    for (const root of [...roots]) for (const sheet of [...root.styleSheets, ...root.adoptedStyleSheets]) pinSheet(sheet);
    const isPinned = (element) => element instanceof HTMLImageElement && stills.has(element);
    for (const element of everywhere('[style*="url("]')) if (!isPinned(element)) pinStyles(element.style, document.baseURI);
    for (const image of everywhere("img")) pinImage(image);
    for (const image of everywhere("image")) pinLink(image);
  };

  return { look, add, pin, hasUnreached: () => closed && films.size > 0 };
};
