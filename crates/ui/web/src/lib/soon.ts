// Acts once for many calls: the first of them sets it off a little later, those in between are covered by it. For what
// realtime tells, so that a hundred alarms at once are counted once.

const SOON_MS = 1500;

interface Soon {
  (): void;
  /** What is still to come does not come. */
  end(): void;
}

export function soon(act: () => void, wait = SOON_MS): Soon {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const call = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      act();
    }, wait);
  };
  return Object.assign(call, {
    end: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  });
}
