// Short words about something that was done in the background. For what was done here and now, say it inline.

interface Toast {
  id: number;
  text: string;
}

let list = $state.raw<Toast[]>([]);
let number = 0;

export const toasts = {
  get all(): readonly Toast[] {
    return list;
  },
  close(id: number): void {
    list = list.filter((one) => one.id !== id);
  },
};

/** Says something for six seconds. */
export function toast(text: string): void {
  number += 1;
  const id = number;
  list = [...list.slice(-2), { id, text }];
  setTimeout(() => toasts.close(id), 6000);
}
