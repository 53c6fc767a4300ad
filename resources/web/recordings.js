// Knows what a page records with MediaRecorder, which is done at the pace of this machine.
const makeRecordings = (scope) => {
  const recorded = new WeakSet(); // Blobs with something of a recording in them
  const addresses = new Set(); // of those
  let isUsed = false;

  const { MediaRecorder, Blob } = scope;
  if (MediaRecorder)
    scope.MediaRecorder = new Proxy(MediaRecorder, {
      construct(target, values, own) {
        const recorder = Reflect.construct(target, values, own);
        recorder.addEventListener("start", () => (isUsed = true));
        recorder.addEventListener("dataavailable", (event) => recorded.add(event.data));
        return recorder;
      },
    });
  scope.Blob = new Proxy(Blob, {
    construct(target, values, own) {
      const blob = Reflect.construct(target, values, own);
      if ([...(values[0] ?? [])].some((part) => recorded.has(part))) recorded.add(blob);
      return blob;
    },
  });
  Blob.prototype.constructor = scope.Blob;
  const { createObjectURL } = scope.URL;
  scope.URL.createObjectURL = (object) => {
    const address = createObjectURL.call(scope.URL, object);
    if (recorded.has(object)) addresses.add(address);
    return address;
  };
  return { areUsed: () => isUsed, has: (address) => addresses.has(address) };
};
