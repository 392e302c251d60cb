import type { Texts } from '../../lib/i18n.svelte';
import type { ours as english } from '../en/ours';

export const ours: Pick<Texts, keyof typeof english> = {
  'ours.administrator': 'Administratoren: alles in diesem Mandanten, auch jedes Recht darin zu vergeben',
  'ours.standardUser': 'Standardnutzer: alle Geräte und Daten sehen, Alarme und Ereignisse bearbeiten, eigene Objekte anlegen',
  'ours.businessUser': 'Business User: Geräte und ihre Daten sehen, nichts ändern',
  'ours.devices': 'Geräte: Rollen zum Lesen reichen nur so weit, wie dem Gerät etwas gehört',
  'ours.business': 'Wie auf anderen Plattformen: mit allen Geräten und ihren Daten arbeiten',
  'ours.readers': 'Wie auf anderen Plattformen: Geräte, ihre Daten und das Audit-Protokoll lesen',
  'ours.globalReader': 'Alle Daten lesen',
  'ours.globalManager': 'Alle Daten lesen und ändern',
  'ours.globalUserManager': 'Alle Benutzer verwalten',
  'ours.sharedUserManager': 'Benutzer anlegen und die selbst angelegten verwalten',
  'ours.reader': 'Liest alles',
  'ours.manager': 'Liest alles, ändert Objekte und Alarme, sendet aber keine Aufträge',
  'ours.operations': 'Sendet jeden Auftrag',
  'ours.restart': 'Startet Geräte neu',
};
