// Which audit records are shown, as the address and the API say it.

/** Every part narrows. */
export interface AuditFilter {
  user?: string | undefined;
  type?: string | undefined;
  source?: string | undefined;
  dateFrom?: string | undefined;
  dateTo?: string | undefined;
}

/** The filter of an address; a time that is none is left out. */
export function filterOf(query: URLSearchParams): AuditFilter {
  const text = (name: string) => query.get(name) || undefined;
  const time = (name: string) => {
    const date = new Date(query.get(name) ?? '');
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
  };
  return { user: text('user'), type: text('type'), source: text('source'), dateFrom: time('from'), dateTo: time('to') };
}
