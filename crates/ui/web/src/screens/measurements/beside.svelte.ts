// What happened beside the values of a graph, and with "live" what happens. For components.

import type { Span } from '../../lib/measurements/range';
import { realtime } from '../../lib/realtime';
import { resource, type Resource } from '../../lib/resource.svelte';
import { soon } from '../../lib/soon';
import { type Happenings, happenings } from './happenings';

/** Read again whenever it changes. */
interface Wish {
  sources: readonly string[];
  span: Span;
  live: boolean;
}

/** A window that ends now, as long as this one. */
const moved = ({ from, to }: Span, now: number): Span => ({ from: from + now - to, to: now });

export function beside(wish: () => Wish): Resource<Happenings> {
  const found = resource((signal) => {
    const { sources, span, live } = wish();
    return happenings(sources, live ? moved(span, Date.now()) : span, signal);
  });
  const followed = $derived(JSON.stringify(wish().live ? wish().sources : []));
  $effect(() => {
    const again = soon(found.reload);
    const sources = JSON.parse(followed) as string[];
    const ends = sources.flatMap((source) => [`/alarms/${source}`, `/events/${source}`]).map((channel) => realtime.keepUp(channel, again, again));
    return () => {
      for (const end of [...ends, again.end]) end();
    };
  });
  return found;
}
