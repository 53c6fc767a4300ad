// Renders one chunk of a composition with Helios' own Renderer, as a chunk command of a job file does.

import path from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';

import { Renderer } from '@helios-project/renderer';
import { chromium } from 'playwright';

// The renderer starts Chromium with --single-process. There the stopped virtual clock also stops the browser's own
// compositor, and the screenshots of the dom mode wait for ever. So they do in the headless shell with the other switch.
const unwanted = ['--single-process', '--enable-begin-frame-control'];
const launch = chromium.launch.bind(chromium);
chromium.launch = (options) => launch({ ...options, args: options.args.filter((arg) => !unwanted.includes(arg)) });

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string', short: 'o' },
    'start-frame': { type: 'string' },
    'frame-count': { type: 'string' },
    fps: { type: 'string' },
    width: { type: 'string' },
    height: { type: 'string' },
    mode: { type: 'string' },
    browser: { type: 'string' },
    lossless: { type: 'boolean' },
  },
});

const frameCount = Number(values['frame-count']);
const fps = Number(values.fps);

// Pictures without loss and an encoder with the quality of `helios-gui web`, in place of JPEG or VP8 and "ultrafast".
const lossless = { intermediateImageFormat: 'png', webCodecsPreference: 'disabled', preset: 'superfast', crf: 14 };

const renderer = new Renderer({
  ...(values.lossless ? lossless : {}),
  mode: values.mode,
  width: Number(values.width),
  height: Number(values.height),
  fps,
  startFrame: Number(values['start-frame']),
  frameCount,
  durationInSeconds: frameCount / fps,
  targetSelector: values.mode === 'dom' ? '#stage' : undefined,
  browserConfig: {
    executablePath: values.browser,
    headless: true,
    args: [
      '--no-sandbox', // Chromium refuses to start as root with it
      '--disable-gpu',
      '--allow-file-access-from-files', // the page's modules are files beside it
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  },
});

const page = pathToFileURL(path.resolve(positionals[0]));
page.search = new URLSearchParams({ fps: String(fps) }).toString();
await renderer.render(page.href, path.resolve(values.output));
