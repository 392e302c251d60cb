// How high the rows of a table are, and whether they are cards: by the width of the window, what points at it, and the
// density that was chosen. The numbers are those of styles/tokens.css. In components only.

import { appearance } from '../lib/appearance.svelte';

export class RowSize {
  /** On a phone, a row is a card. */
  cards = $state(false);
  /** In pixels. */
  height = $state(40);

  /** `hasLine`: whether its cards have a second line; one without is as high as a row. */
  constructor(hasLine: () => boolean) {
    const phone = matchMedia('(max-width: 640px)');
    const coarse = matchMedia('(pointer: coarse)');
    const measure = () => {
      this.cards = phone.matches;
      const name = phone.matches && hasLine() ? '--card' : '--row';
      this.height = Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue(name)) || 40;
    };
    this.cards = phone.matches;
    $effect(() => {
      void appearance.density;
      measure();
      for (const one of [phone, coarse]) one.addEventListener('change', measure);
      return () => {
        for (const one of [phone, coarse]) one.removeEventListener('change', measure);
      };
    });
  }
}
