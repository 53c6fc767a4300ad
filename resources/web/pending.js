// Knows what a page or a worker waits for and no timer tells: decoding, reading, compiling, its storage. The time stands
// still meanwhile, or what comes then would come at another frame in each run.
const makePending = ({ scope, turn, later, today }) => {
  const MOST_MILLISECONDS = 10000; // for something that may never come
  const PROMISES = {
    Response: ["arrayBuffer", "blob", "bytes", "formData", "json", "text"],
    Blob: ["arrayBuffer", "bytes", "text"],
    SubtleCrypto: ["decrypt", "deriveBits", "deriveKey", "digest", "encrypt", "importKey", "sign", "verify"],
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

  const pending = new Set();
  const keep = (promise) => {
    pending.add(promise);
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
      await Promise.race([Promise.allSettled(pending), new Promise((resolve) => later(resolve, 50))]);
      await turn();
      if (today() > late) pending.clear();
    }
  };
  const isUnflushed = () => [...unflushed].some((codec) => codec.state === "configured");
  return { keep, hold, nothingPending, isUnflushed };
};
