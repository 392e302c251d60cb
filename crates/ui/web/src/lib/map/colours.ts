// The colours of maps, from the tokens of the current theme, and the marks of severities: shape and colour together.

import type { MapSeverity } from './places';

const TOKENS = ['land', 'sea', 'border', 'surface', 'ink', 'ink-2', 'accent', 'accent-ink', 'critical', 'major', 'warn', 'info'] as const;
export type Colours = Record<(typeof TOKENS)[number], string>;

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(TOKENS.map((token) => [token, style.getPropertyValue(`--${token}`).trim() || '#777777'])) as Colours;
}

export function colourOf(severity: MapSeverity, all: Colours): string {
  const names = { NONE: 'accent', WARNING: 'info', MINOR: 'warn', MAJOR: 'major', CRITICAL: 'critical' } as const;
  return all[names[severity]];
}

/** Draws the mark of a severity around a point: disc, ring, square, triangle, octagon. */
export function drawMark(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  severity: MapSeverity,
  all: Colours,
): void {
  context.beginPath();
  if (severity === 'MINOR') context.rect(x - radius * 0.85, y - radius * 0.85, radius * 1.7, radius * 1.7);
  else if (severity === 'MAJOR') polygon(context, x, y + radius * 0.2, radius * 1.2, 3, -Math.PI / 2);
  else if (severity === 'CRITICAL') polygon(context, x, y, radius * 1.1, 8, Math.PI / 8);
  else context.arc(x, y, radius * (severity === 'NONE' ? 0.85 : 1), 0, 2 * Math.PI);
  context.closePath();
  context.fillStyle = colourOf(severity, all);
  context.strokeStyle = all.surface;
  context.lineWidth = Math.max(1, radius / 4);
  context.fill();
  context.stroke();
  if (severity !== 'WARNING') return;
  context.beginPath();
  context.arc(x, y, radius * 0.45, 0, 2 * Math.PI);
  context.fillStyle = all.surface;
  context.fill();
}

function polygon(context: CanvasRenderingContext2D, x: number, y: number, radius: number, corners: number, from: number): void {
  for (let corner = 0; corner < corners; corner++) {
    const angle = from + (corner * 2 * Math.PI) / corners;
    context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
}
