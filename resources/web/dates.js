// What tells the time or makes random numbers, in a page and in its workers: all of it by the page's clock.
const makeDates = ({ scope, epoch, born, now, seed }) => {
  // The time stands still: a page that reads it until some has passed would do so for ever. Where it reads it so often, it
  // is as if that took time.
  const MOST_READINGS = 500000;
  const STEP = 0.01; // milliseconds
  let [readings, last, waited] = [0, now(), 0];
  const read = () => {
    const time = now();
    if (time !== last) [readings, last] = [0, time];
    if (++readings > MOST_READINGS) waited = Math.max(waited, time) + STEP;
    return Math.max(waited, time);
  };
  const moment = () => epoch + read(); // milliseconds since 1970
  const local = () => read() - born; // since the document or the worker began
  const redefine = (target, name, descriptor) =>
    Object.defineProperty(target, name, { configurable: true, enumerable: true, ...descriptor });

  const RealDate = scope.Date;
  scope.Date = new Proxy(RealDate, {
    construct: (target, values, own) => Reflect.construct(target, values.length ? values : [moment()], own),
    apply: () => new RealDate(moment()).toString(),
    get: (target, name) => (name === "now" ? () => Math.floor(moment()) : Reflect.get(target, name)),
  });
  RealDate.prototype.constructor = scope.Date;

  // Without a date, these write the one of now.
  const formats = scope.Intl.DateTimeFormat.prototype;
  const format = Object.getOwnPropertyDescriptor(formats, "format").get;
  const formatters = new WeakMap();
  redefine(formats, "format", {
    enumerable: false,
    get() {
      if (!formatters.has(this)) {
        const write = format.call(this);
        formatters.set(this, (date = moment()) => write(date));
      }
      return formatters.get(this);
    },
  });
  const { formatToParts } = formats;
  formats.formatToParts = function (date = moment()) {
    return formatToParts.call(this, date);
  };

  const { Temporal } = scope;
  if (Temporal) {
    const instant = () => Temporal.Instant.fromEpochNanoseconds(BigInt(epoch) * 1_000_000n + BigInt(Math.round(now() * 1e6)));
    const zoned = (zone = Temporal.Now.timeZoneId()) => instant().toZonedDateTimeISO(zone);
    Object.assign(Temporal.Now, {
      instant,
      zonedDateTimeISO: zoned,
      plainDateTimeISO: (zone) => zoned(zone).toPlainDateTime(),
      plainDateISO: (zone) => zoned(zone).toPlainDate(),
      plainTimeISO: (zone) => zoned(zone).toPlainTime(),
    });
  }

  const performance = scope.Performance.prototype;
  performance.now = local;
  redefine(performance, "timeOrigin", { get: () => epoch + born });
  redefine(scope.Event.prototype, "timeStamp", { get: local });
  const { mark, measure } = performance;
  performance.mark = function (name, options) {
    return mark.call(this, name, { startTime: local(), ...options });
  };
  performance.measure = function (name, from, to) {
    if (to !== undefined) return measure.call(this, name, from, to);
    const options = from instanceof Object ? from : { start: from ?? 0 };
    const isBounded = [options.end, options.duration].some((one) => one !== undefined);
    return measure.call(this, name, isBounded ? options : { ...options, end: local() });
  };

  // How long this machine took to load and to draw something: no time at all.
  const isNoted = (entry) => entry instanceof scope.PerformanceMark || entry instanceof scope.PerformanceMeasure;
  const MEASURED = /(Time|Start|End|uration|Interactive|Complete)$/;
  const kinds = Object.getOwnPropertyNames(scope).filter((name) => /^(Performance|LargestContentfulPaint|LayoutShift)/.test(name));
  for (const { prototype } of kinds.map((name) => scope[name])) {
    if (!(prototype instanceof scope.PerformanceEntry) && prototype !== scope.PerformanceEntry.prototype) continue;
    for (const name of Object.getOwnPropertyNames(prototype).filter((one) => MEASURED.test(one))) {
      const { get } = Object.getOwnPropertyDescriptor(prototype, name);
      redefine(prototype, name, { get() { return isNoted(this) ? get.call(this) : 0; } });
    }
    const { toJSON } = prototype;
    prototype.toJSON = function () {
      const told = toJSON.call(this);
      for (const name in told) if (MEASURED.test(name)) told[name] = this[name];
      return told;
    };
  }
  const timing = scope.PerformanceTiming?.prototype;
  for (const name of Object.keys(timing ?? {}).filter((one) => MEASURED.test(one))) {
    const { get } = Object.getOwnPropertyDescriptor(timing, name);
    redefine(timing, name, { get() { return get.call(this) && epoch + born; } });
  }

  // -- random numbers: the same ones in every run (mulberry32)
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
  scope.Math.random = random;
  const crypto = scope.Crypto.prototype;
  crypto.getRandomValues = (array) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let index = 0; index < bytes.length; index++) bytes[index] = random() * 256;
    return array;
  };
  const digit = (place) => (place === "x" ? random() * 16 : 8 + random() * 4) | 0;
  crypto.randomUUID = () => "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (place) => digit(place).toString(16));

  return { local, random };
};
