// The scene as numbers: what is where at a frame. Both pages draw it, one on a canvas, one with elements.

import { Helios } from '@helios-project/core';

export const WIDTH = 640;
export const HEIGHT = 360;
export const BITS = 10;
export const BIT_SIZE = 20;

const settings = new URLSearchParams(location.search);
const FPS = Number(settings.get('fps') ?? 30);
const DURATION = Number(settings.get('duration') ?? 60);

/** The frame's number in binary, most significant bit first: the row of squares a test can read back. */
export function bitsOf(frame) {
  return Array.from({ length: BITS }, (_, place) => (frame >> (BITS - 1 - place)) & 1);
}

/** The sun's place on its arc, its rays' angle and the light of the sky at a frame; one day takes 150 frames. */
export function sunAt(frame) {
  const day = (frame % 150) / 150;
  const height = Math.sin(day * Math.PI);
  return { x: 60 + day * 520, y: 250 - height * 170, turn: frame * 2, light: height };
}

/** Colours of the sky, top and bottom, for a light of 0 to 1. */
export function skyAt(light) {
  const top = `hsl(${225 - 15 * light} 45% ${10 + 26 * light}%)`;
  const bottom = `hsl(${22 + 18 * light} 70% ${24 + 40 * light}%)`;
  return { top, bottom };
}

/**
 * Calls `draw(frame)` whenever the renderer has moved its clock: it rewrites `performance.now()` to its virtual
 * time, which starts at 0, and awaits the stability checks before it takes a picture. `stage` joins the page last,
 * because the renderer waits for it before it stops the real clock.
 */
export function play(stage, draw) {
  const helios = new Helios({ fps: FPS, duration: DURATION, width: WIDTH, height: HEIGHT });
  helios.subscribe((state) => draw(Math.round(state.currentFrame)));
  helios.registerStabilityCheck(async () => helios.seek(Math.round((performance.now() / 1000) * FPS)));
  window.helios = helios;
  document.body.append(stage);
}
