// Every value of series over a time, as files: a table for spreadsheets, or a line of JSON for each measurement.

import { type Call, request } from '../../lib/api';
import { bytes } from '../../lib/format';
import type { Span } from '../../lib/measurements/range';
import { linesOf, onlySeries, type SeriesName } from '../../lib/measurements/series';
import { save } from '../../lib/save';
import { toast } from '../../ui/toasts.svelte';

export type Form = 'csv' | 'ndjson';

/** What is asked for, and what becomes of the answer. */
const FORMS: Record<Form, { accept: string; type: string; content: (answer: string, name: string) => string }> = {
  csv: { accept: 'text/csv', type: 'text/csv', content: onlySeries },
  ndjson: { accept: 'application/json-stream', type: 'application/x-ndjson', content: linesOf },
};

/** A file for each series. */
export async function takeAway(names: readonly SeriesName[], span: Span, form: Form): Promise<void> {
  const { accept, type, content } = FORMS[form];
  for (const { source, name } of names) {
    const dot = name.indexOf('.');
    const query = {
      source,
      dateFrom: new Date(span.from).toISOString(),
      dateTo: new Date(span.to).toISOString(),
      valueFragmentType: name.slice(0, dot),
      valueFragmentSeries: name.slice(dot + 1),
    };
    const call: Call = { method: 'GET', path: '/measurement/measurements', query };
    const answer = await (await request(call, { headers: { accept } })).text();
    const file = new Blob([content(answer, name)], { type });
    save(file, `${source} ${name}.${form}`);
    toast(`${name}: ${bytes(file.size)}`);
  }
}
