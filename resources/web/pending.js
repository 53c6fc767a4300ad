// Knows what a page or a worker waits for and no timer tells: decoding, reading, compiling, its storage. The time stands
// still meanwhile, or what comes then would come at another frame in each run.
const makePending = ({ scope, turn, later, today }) => {
  const MOST_MILLISECONDS = 10000; // for something that may never come
  const PROMISES = {
    Response: ["arrayBuffer", "blob", "bytes", "formData", "json", "text"],
    Blob: ["arrayBuffer", "bytes", "text"],
    SubtleCrypto: [
      ...["decrypt", "deriveBits", "deriveKey", "digest", "encrypt", "exportKey", "generateKey", "importKey"],
      ...["sign", "unwrapKey", "verify", "wrapKey"],
    ],
    ImageDecoder: ["decode"],
    OffscreenCanvas: ["convertToBlob"],
    VideoDecoder: ["flush"],
    VideoEncoder: ["flush"],
    AudioDecoder: ["flush"],
    AudioEncoder: ["flush"],
    CacheStorage: ["open", "match", "has", "keys", "delete"],
    Cache: ["add", "addAll", "put", "match", "matchAll", "keys", "delete"],
    StorageManager: ["estimate", "getDirectory", "persisted"],
    FileSystemDirectoryHandle: ["getFileHandle", "getDirectoryHandle", "removeEntry"],
    FileSystemFileHandle: ["getFile", "createWritable", "createSyncAccessHandle"],
    FileSystemWritableFileStream: ["write", "close"],
    CookieStore: ["get", "getAll", "set", "delete"],
    LockManager: ["query"],
    MediaDevices: ["enumerateDevices"],
    Navigator: ["getBattery"],
    NavigatorUAData: ["getHighEntropyValues"],
    Permissions: ["query"],
  };
  const FUNCTIONS = { WebAssembly: ["compile", "compileStreaming", "instantiate", "instantiateStreaming"] }; // of an object
  for (const name of ["VideoDecoder", "VideoEncoder", "AudioDecoder", "AudioEncoder"]) FUNCTIONS[name] = ["isConfigSupported"];
  // Methods whose result is told by events, and those events.
  const ANSWERED = ["success", "error", "blocked"];
  const REQUESTS = {
    IDBFactory: [["open", "deleteDatabase"], ANSWERED],
    IDBObjectStore: [["add", "clear", "count", "delete", "get", "getAll", "getAllKeys", "getKey", "openCursor", "openKeyCursor", "put"], ANSWERED],
    IDBIndex: [["count", "get", "getAll", "getAllKeys", "getKey", "openCursor", "openKeyCursor"], ANSWERED],
    IDBCursor: [["advance", "continue", "continuePrimaryKey", "delete", "update"], ANSWERED],
    IDBDatabase: [["transaction"], ["complete", "error", "abort"]],
    FileReader: [["readAsArrayBuffer", "readAsDataURL", "readAsText"], ["loadend"]],
  };

  const pending = new Map(); // promise -> what is called where it takes too long
  const keep = (promise, giveUp = () => {}) => {
    pending.set(promise, giveUp);
    const forget = () => pending.delete(promise);
    promise.then(forget, forget);
    return promise;
  };
  const hold = (owner, name, isHeld = () => true) => {
    const native = owner?.[name];
    if (typeof native !== "function") return;
    owner[name] = function (...values) {
      const promise = native.apply(this, values);
      return isHeld.apply(this, values) ? keep(promise) : promise;
    };
  };
  const holdRequest = (owner, name, events) => {
    const native = owner?.[name];
    if (typeof native !== "function") return;
    owner[name] = function (...values) {
      const answer = native.apply(this, values);
      const asked = answer ?? this.request ?? this; // a cursor that moves answers with its request, a reader by itself
      keep(new Promise((resolve) => events.forEach((event) => asked.addEventListener(event, resolve, { once: true }))));
      return answer;
    };
  };
  const sendRequest = scope.XMLHttpRequest?.prototype.send;
  if (sendRequest)
    scope.XMLHttpRequest.prototype.send = function (...values) {
      keep(new Promise((resolve) => this.addEventListener("loadend", resolve, { once: true })));
      return sendRequest.apply(this, values);
    };
  // Streams of the browser's own, such as that of what was unpacked: one of a script may wait for a timer.
  const ofBrowser = new WeakSet(); // such streams, and their readers
  const SOURCES = { Response: "body", CompressionStream: "readable", DecompressionStream: "readable" };
  for (const kind in SOURCES) {
    const prototype = scope[kind]?.prototype;
    const descriptor = prototype && Object.getOwnPropertyDescriptor(prototype, SOURCES[kind]);
    if (!descriptor) continue;
    Object.defineProperty(prototype, SOURCES[kind], {
      ...descriptor,
      get() {
        const stream = descriptor.get.call(this);
        if (stream) ofBrowser.add(stream);
        return stream;
      },
    });
  }
  const { getReader } = scope.ReadableStream.prototype;
  scope.ReadableStream.prototype.getReader = function (...values) {
    const reader = getReader.apply(this, values);
    if (ofBrowser.has(this)) ofBrowser.add(reader);
    return reader;
  };
  const { read } = scope.ReadableStreamDefaultReader.prototype;
  scope.ReadableStreamDefaultReader.prototype.read = function () {
    const promise = read.call(this);
    return ofBrowser.has(this) ? keep(promise, () => ofBrowser.delete(this)) : promise;
  };
  // What a codec is given comes back at some time, unless the page waits for all of it.
  const CODECS = { VideoDecoder: "decode", VideoEncoder: "encode", AudioDecoder: "decode", AudioEncoder: "encode" };
  const unflushed = new Set();
  for (const kind in CODECS) {
    const prototype = scope[kind]?.prototype;
    if (!prototype) continue;
    const { flush, [CODECS[kind]]: native } = prototype;
    prototype[CODECS[kind]] = function (...values) {
      unflushed.add(this);
      return native.apply(this, values);
    };
    prototype.flush = function () {
      unflushed.delete(this);
      return flush.call(this);
    };
  }
  hold(scope, "createImageBitmap");
  for (const kind in PROMISES) for (const name of PROMISES[kind]) hold(scope[kind]?.prototype, name);
  for (const owner in FUNCTIONS) for (const name of FUNCTIONS[owner]) hold(scope[owner], name);
  for (const kind in REQUESTS) for (const name of REQUESTS[kind][0]) holdRequest(scope[kind]?.prototype, name, REQUESTS[kind][1]);

  // Return when all has come, and what followed from it.
  const nothingPending = async () => {
    const late = today() + MOST_MILLISECONDS;
    while (pending.size) {
      await Promise.race([Promise.allSettled(pending.keys()), new Promise((resolve) => later(resolve, 50))]);
      await turn();
      if (today() <= late) continue;
      for (const giveUp of pending.values()) giveUp();
      pending.clear();
    }
  };
  const isUnflushed = () => [...unflushed].some((codec) => codec.state === "configured");
  return { keep, hold, nothingPending, isUnflushed };
};
