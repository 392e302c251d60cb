// How the console looks on this device: theme, contrast, density. Kept in the browser, because a person may want another
// one on another screen.

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
export const DENSITIES = ['comfortable', 'compact'] as const;
export type Density = (typeof DENSITIES)[number];

const kept = (name: string) => {
  try {
    return localStorage.getItem(`holdfast.${name}`);
  } catch {
    return null;
  }
};
/** What was kept under a name. */
export const keptText = (name: string): string | undefined => kept(name) ?? undefined;
/** Keeps something that is no secret in this browser. */
export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`holdfast.${name}`, value);
  } catch {
    // A browser that keeps nothing shows its default next time.
  }
}
export function keptAs<T extends string>(name: string, among: readonly T[], otherwise: T): T {
  const value = kept(name);
  return among.find((one) => one === value) ?? otherwise;
}

let theme = $state<Theme>(keptAs('theme', THEMES, 'system'));
let density = $state<Density>(keptAs('density', DENSITIES, 'comfortable'));
let contrast = $state(keptAs('contrast', ['system', 'more'], 'system'));

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const prefersContrast = matchMedia('(prefers-contrast: more)');
let dark = $state(false);

/** Before the first component is made: canvases read colours when they are drawn. */
export function apply(): void {
  dark = theme === 'dark' || (theme === 'system' && prefersDark.matches);
  const root = document.documentElement.dataset;
  root.theme = dark ? 'dark' : 'light';
  root.density = density;
  root.contrast = contrast === 'more' || prefersContrast.matches ? 'more' : 'normal';
}
prefersDark.addEventListener('change', apply);
prefersContrast.addEventListener('change', apply);

export const appearance = {
  get theme(): Theme {
    return theme;
  },
  set theme(value: Theme) {
    theme = value;
    keep('theme', value);
    apply();
  },
  get density(): Density {
    return density;
  },
  set density(value: Density) {
    density = value;
    keep('density', value);
    apply();
  },
  get highContrast(): boolean {
    return contrast === 'more';
  },
  set highContrast(value: boolean) {
    contrast = value ? 'more' : 'system';
    keep('contrast', contrast);
    apply();
  },
  /** Whether it is dark now; canvases draw again when it changes. */
  get dark(): boolean {
    return dark;
  },
};
