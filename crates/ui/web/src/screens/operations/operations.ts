// Operations as the platform shows them, what a filter asks for, and what devices can be asked to do. It knows no components.

import type { Query } from '../../lib/api';
import type { Token } from '../../ui/filter';

export const STATUSES = ['PENDING', 'EXECUTING', 'SUCCESSFUL', 'FAILED'] as const;
export type OperationStatus = (typeof STATUSES)[number];

export interface Operation {
  id: string;
  deviceId: string;
  deviceName?: string;
  status: OperationStatus;
  description?: string;
  failureReason?: string;
  creationTime: string;
  lastUpdated?: string;
  bulkOperationId?: number | string;
  /** When it fails by itself, if no device has begun with it. */
  holdfast_ExpiryTime?: string;
  delivery?: { status: string; time?: string; log?: { status: string; time: string }[] };
  [fragment: string]: unknown;
}

const STANDARD = new Set([
  'id', 'self', 'deviceId', 'deviceName', 'deviceExternalIDs', 'status', 'description', 'failureReason', 'creationTime',
  'lastUpdated', 'bulkOperationId', 'delivery', 'holdfast_ExpiryTime',
]);
/** What is asked of the device: everything that is not of the operation itself. */
export const fragments = (operation: Operation): Record<string, unknown> =>
  Object.fromEntries(Object.entries(operation).filter(([name]) => !STANDARD.has(name)));

/** The kinds that an operation is of, by their fragments. */
export const kinds = (operation: Operation): string[] => Object.keys(fragments(operation));

/** What can still be called off: nobody has begun with it. */
export const canBeCalledOff = (operation: Operation): boolean => operation.status === 'PENDING';
export const hasEnded = (operation: Operation): boolean =>
  operation.status === 'SUCCESSFUL' || operation.status === 'FAILED';

export interface Asked {
  query: Query;
  /** Tokens that mean nothing here. */
  unknown: Token[];
}

/** The question of a filter, the latest first. The platform takes one state, one kind and one device at a time. */
export function question(tokens: readonly Token[], device?: string): Asked {
  const query: Query = { revert: true };
  const unknown: Token[] = [];
  if (device) query.deviceId = device;
  for (const token of tokens) {
    const value = token.values.length === 1 && !token.not ? token.values[0] : undefined;
    const name = { status: 'status', kind: 'fragmentType', device: 'deviceId', bulk: 'bulkOperationId', since: 'dateFrom' }[token.field];
    if (!name || value === undefined || query[name] !== undefined) unknown.push(token);
    else query[name] = name === 'status' ? value.toUpperCase() : value;
  }
  return { query, unknown };
}

/** Whether an operation is one of those that a question asks for, so that only these are counted as new. */
export function isAsked(query: Query, operation: Operation): boolean {
  const is = (wanted: unknown, value: unknown) => wanted === undefined || wanted === String(value ?? '');
  return (
    is(query.status, operation.status) &&
    is(query.deviceId, operation.deviceId) &&
    is(query.bulkOperationId, operation.bulkOperationId) &&
    (typeof query.fragmentType !== 'string' || Object.hasOwn(operation, query.fragmentType.split('.')[0] ?? ''))
  );
}

/** How a form asks for what an operation needs; what it has no form for is written as JSON. */
export type Form = 'plain' | 'command' | 'log' | 'configuration' | 'json';
const FORMS: Record<string, Form> = {
  c8y_Restart: 'plain',
  c8y_Command: 'command',
  c8y_LogfileRequest: 'log',
  c8y_UploadConfigFile: 'configuration',
};
export const formOf = (kind: string): Form => FORMS[kind] ?? 'json';

export interface Filled {
  text: string;
  file: string;
  search: string;
  lines: number;
  from: string;
  to: string;
  json: string;
}

/** The fragment of an operation from its form; throws `SyntaxError` if it is written as JSON and is none. */
export function fragmentOf(kind: string, filled: Filled): unknown {
  switch (formOf(kind)) {
    case 'plain':
      return {};
    case 'command':
      return { text: filled.text };
    case 'log':
      return {
        logFile: filled.file,
        dateFrom: new Date(filled.from).toISOString(),
        dateTo: new Date(filled.to).toISOString(),
        searchText: filled.search,
        maximumLines: filled.lines,
      };
    case 'configuration':
      return { type: filled.file };
    case 'json':
      return JSON.parse(filled.json.trim() || '{}') as unknown;
  }
}
