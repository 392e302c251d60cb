// What somebody fills in to ask devices to do something: the kind of operation, what it needs, a description. For the form
// and those who send it; it knows nothing of which devices.

import { localTime } from '../../lib/format';
import { t } from '../../lib/i18n.svelte';
import { type Filled, type Form, formOf, fragmentOf } from './operations';
import { kindName } from './words';

/** None of the kinds that the devices say they take. */
export const OTHER = '';
const DAY_MS = 86_400_000;

export class Draft {
  kind = $state(OTHER);
  /** The name of the fragment, of another kind. */
  other = $state('');
  description = $state('');
  filled = $state<Filled>({ text: '', file: '', search: '', lines: 1000, from: '', to: '', json: '{}' });
  /** What is wrong with the JSON. */
  wrong = $state('');

  readonly wanted = $derived(this.kind === OTHER ? this.other.trim() : this.kind);
  readonly form: Form = $derived(this.kind === OTHER ? 'json' : formOf(this.kind));

  begin(kind: string): void {
    this.kind = kind;
    this.filled.from = localTime(Date.now() - DAY_MS);
    this.filled.to = localTime(Date.now());
    this.wrong = '';
  }

  /** The operation without its device; nothing if its JSON is none, which the form shows then. */
  made(): Record<string, unknown> | undefined {
    try {
      const made = { description: this.description || kindName(this.wanted), [this.wanted]: fragmentOf(this.wanted, this.filled) };
      this.wrong = '';
      return made;
    } catch (reason) {
      if (!(reason instanceof SyntaxError)) throw reason;
      this.wrong = t('operations.sendJsonWrong', { why: reason.message });
      return undefined;
    }
  }

  /** For "copy as curl": what is made, as far as it is filled in. */
  sketch(): Record<string, unknown> {
    return { [this.wanted || 'c8y_Restart']: this.form === 'command' ? { text: this.filled.text } : {} };
  }
}
