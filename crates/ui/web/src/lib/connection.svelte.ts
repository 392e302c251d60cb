// Whether the platform is reached: since when not, and from when the data is. Writes wait for it.

import { watchers } from './api';

let since = $state<number>();
let reached = $state<number>();
let returned = $state(0);

watchers.reached = () => {
  reached = Date.now();
  if (since === undefined) return;
  since = undefined;
  returned += 1;
};
watchers.unreachable = () => {
  since ??= Date.now();
};
addEventListener('offline', () => watchers.unreachable());

export const connection = {
  get offline(): boolean {
    return since !== undefined;
  },
  /** When the connection was lost, in milliseconds. */
  get since(): number | undefined {
    return since;
  },
  /** When the platform last answered. */
  get reached(): number | undefined {
    return reached;
  },
  /** How often it was lost and came back; what could not be loaded meanwhile is asked for again when it changes. */
  get returned(): number {
    return returned;
  },
};
