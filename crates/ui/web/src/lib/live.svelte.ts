// Whether what happens is told while it happens. Written by lib/realtime, shown in the top bar.

export type LiveState = 'off' | 'connecting' | 'live' | 'lost';
let state = $state<LiveState>('off');

export const live = {
  get state(): LiveState {
    return state;
  },
  set state(value: LiveState) {
    state = value;
  },
};
