// Roles for the whole tenant as a table: kinds of things x READ, ADMIN, CREATE, UPDATE; and what a change of it comes to.
// It knows roles by name only.

export const COLUMNS = ['READ', 'ADMIN', 'CREATE', 'UPDATE'] as const;
export type Column = (typeof COLUMNS)[number];

export interface Row {
  /** `MEASUREMENT`; of a role that fits no column, its whole name. */
  kind: string;
  cells: Partial<Record<Column, string>>;
  /** The role, if the row is one role. */
  single?: string;
}

/** The table of these roles, rows by name, those that fit no column at the end. */
export function matrix(roles: readonly string[]): Row[] {
  const rows = new Map<string, Row>();
  const singles: Row[] = [];
  for (const role of [...new Set(roles)].sort()) {
    const parts = /^ROLE_(.+)_(READ|ADMIN|CREATE|UPDATE)$/.exec(role);
    const kind = parts?.[1];
    if (!kind) {
      singles.push({ kind: role, cells: {}, single: role });
      continue;
    }
    const row = rows.get(kind) ?? { kind, cells: {} };
    row.cells[parts[2] as Column] = role;
    rows.set(kind, row);
  }
  return [...rows.values(), ...singles];
}

interface Difference {
  adds: string[];
  removes: string[];
}

/** What is to be given and what to be taken away, in order. */
export function difference(before: Iterable<string>, after: Iterable<string>): Difference {
  const [was, is] = [new Set(before), new Set(after)];
  return {
    adds: [...is].filter((one) => !was.has(one)).sort(),
    removes: [...was].filter((one) => !is.has(one)).sort(),
  };
}

/** `ROLE_BULK_OPERATION` as words, for kinds that the console has no text for. */
export function words(kind: string): string {
  const text = kind.replace(/^ROLE_/, '').replaceAll('_', ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
