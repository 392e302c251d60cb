// The time, for what is shown as age. One timer for the whole console; it stands still while nobody looks.

let now = $state(Date.now());

setInterval(() => {
  if (!document.hidden) now = Date.now();
}, 10_000);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) now = Date.now();
});

export const time = {
  /** Milliseconds since 1970; whoever reads it follows it, every ten seconds. */
  get now(): number {
    return now;
  },
};
