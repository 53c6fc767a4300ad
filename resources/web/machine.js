// Shows a page and its workers a machine that is none in particular: a page that draws more on a faster one, or loads
// smaller pictures over a slower line, would be another film there. The rest is in page_machine.py.
const makeMachine = (scope, language) => {
  const show = (owner, values) => {
    for (const name in values)
      if (owner && name in owner) Object.defineProperty(owner, name, { configurable: true, enumerable: true, get: () => values[name] });
  };
  const languages = Object.freeze([...new Set([language, language.split("-")[0]])]);
  show(Object.getPrototypeOf(scope.navigator), { language, languages, platform: "Linux x86_64", hardwareConcurrency: 4, deviceMemory: 8, onLine: true });
  delete Object.getPrototypeOf(scope.navigator).gpu; // it needs a graphics card, and pages take WebGL without it
  show(scope.NetworkInformation?.prototype, { effectiveType: "4g", rtt: 50, downlink: 10, saveData: false, type: "unknown" });
  show(scope.BatteryManager?.prototype, { charging: true, chargingTime: 0, dischargingTime: Infinity, level: 1 });
  // Numbers of this moment, which pages show to who wrote them.
  const memory = { jsHeapSizeLimit: 4294705152, totalJSHeapSize: 10000000, usedJSHeapSize: 10000000 };
  show(scope.Performance.prototype, { memory });
  for (const side of ["Width", "Height"]) // no window is around the page
    if (`outer${side}` in scope) Object.defineProperty(scope, `outer${side}`, { configurable: true, enumerable: true, get: () => scope[`inner${side}`] });
  show(scope, { screenX: 0, screenY: 0, screenLeft: 0, screenTop: 0 });
  if (scope.StorageManager) scope.StorageManager.prototype.estimate = async () => ({ quota: 10737418240, usage: 0, usageDetails: {} });
};
