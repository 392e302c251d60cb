// Where we are: the path and query behind `#` in the address. The address is the state of every screen (filters, tab,
// range), so that Back works and a link shows the same. It knows no screens.

/** An address behind `#`, taken apart. */
export interface Place {
  path: string;
  query: URLSearchParams;
}

export function parse(hash: string): Place {
  const text = hash.replace(/^#/, '') || '/';
  const at = text.indexOf('?');
  const path = at < 0 ? text : text.slice(0, at);
  return {
    path: path.startsWith('/') ? path : `/${path}`,
    query: new URLSearchParams(at < 0 ? '' : text.slice(at + 1)),
  };
}

/** The values that a pattern (`/devices/:id/:tab?`) finds in a path, or nothing. */
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/').filter(Boolean);
  const given = path.split('/').filter(Boolean);
  if (given.length > wanted.length) return undefined;
  const found: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at];
    const optional = part.endsWith('?');
    if (value === undefined) {
      if (optional) continue;
      return undefined;
    }
    if (part.startsWith(':')) {
      try {
        found[part.replace(/^:|\?$/g, '')] = decodeURIComponent(value);
      } catch {
        return undefined;
      }
    } else if (part !== value) return undefined;
  }
  return found;
}

/** An address for a link: href(`/devices/${id}`, { tab: 'info' }). Parts of the path are encoded by the caller (`path`). */
export function href(path: string, query: Record<string, string | undefined> = {}): string {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) all.set(name, value);
  const text = all.toString();
  return `#${path}${text && `?${text}`}`;
}

/** The page of a group. */
export const groupHref = (id: string): string => href(`/groups/${encodeURIComponent(id)}`);

/** Links that carry a secret, behind `#`, where no server sees it. */
const WITH_SECRET = ['/setup', '/password-reset'];
let handed = new URLSearchParams();

/** The address as it is; a secret in it is taken out of it and the history before anything else is done. */
function arrive(): Place {
  const arrived = parse(location.hash);
  if (!WITH_SECRET.includes(arrived.path) || arrived.query.size === 0) return arrived;
  handed = arrived.query;
  history.replaceState(null, '', `#${arrived.path}`);
  return { path: arrived.path, query: new URLSearchParams() };
}

let place = $state.raw<Place>(arrive());
addEventListener('hashchange', () => (place = arrive()));

export const router = {
  get path(): string {
    return place.path;
  },
  /** The query; reading it makes an effect follow it. */
  get query(): URLSearchParams {
    return place.query;
  },
  /** What a link with a secret brought; given out once. */
  takeHanded(): URLSearchParams {
    const all = handed;
    handed = new URLSearchParams();
    return all;
  },
  /** Goes somewhere; Back comes here again. */
  go(path: string, query?: Record<string, string | undefined>): void {
    location.hash = href(path, query);
  },
  /** Changes parts of the query; undefined or '' takes one out. Back skips it unless `push` is set. */
  set(changes: Record<string, string | undefined>, push = false): void {
    const query = new URLSearchParams(place.query);
    for (const [name, value] of Object.entries(changes)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    const text = query.toString();
    const hash = `#${place.path}${text && `?${text}`}`;
    if (push) history.pushState(null, '', hash);
    else history.replaceState(null, '', hash);
    place = parse(hash);
  },
  /** Goes somewhere; Back does not come here again. */
  replace(path: string): void {
    history.replaceState(null, '', `#${path}`);
    place = parse(location.hash);
  },
};
