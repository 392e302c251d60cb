// The one place that lets a script be loaded by its address: MapLibre's worker, and nothing else. The content security
// policy demands Trusted Types, and the library starts its worker from a text.

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown;
  defaultPolicy?: unknown;
}

/** Whether this address is the worker's: the exact file of this build, from our own origin. */
export function isWorker(url: string, worker: string, page: string): boolean {
  try {
    return new URL(url, page).href === new URL(worker, page).href && new URL(worker, page).origin === new URL(page).origin;
  } catch {
    return false;
  }
}

/** Allows the worker. Once per page; a browser without Trusted Types needs nothing. */
export function allowWorker(worker: string): void {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!types || types.defaultPolicy) return;
  types.createPolicy('default', {
    createScriptURL(url) {
      if (isWorker(url, worker, location.href)) return url;
      throw new TypeError('only the map has a worker');
    },
  });
}
