// Texte der Ereignisse.
import type { events as english } from '../en/events';

export const events: Record<keyof typeof english, string> = {
  'nav.events': 'Ereignisse',
  'events.title': 'Ereignisse',
  'events.count.one': '{count} Ereignis',
  'events.count.other': '{count} Ereignisse',
  'events.time': 'Zeit',
  'events.text': 'Was',
  'events.type': 'Typ',
  'events.has': 'Fragment',
  'events.device': 'Gerät',
  'events.stored': 'Gespeichert',
  'events.caption': 'Ereignisse, das neueste zuerst',
  'events.empty': 'In dieser Zeit gibt es kein Ereignis.',
  'events.unknown': 'Nach {what} lassen sich Ereignisse nicht filtern: Dieser Teil wirkt nicht.',
  'events.range': 'Zeitraum',
  'events.range.hour': 'Letzte Stunde',
  'events.range.day': 'Letzte 24 Stunden',
  'events.range.week': 'Letzte 7 Tage',
  'events.range.month': 'Letzte 30 Tage',
  'events.range.all': 'Alles',
  'events.densityOf.one': 'Wann {count} Ereignis war, von {from} bis {to}',
  'events.densityOf.other': 'Wann die {count} geladenen Ereignisse waren, von {from} bis {to}',
  'events.attached': 'Datei',
  'events.download': '{name} speichern',
  'events.more': 'Was das Ereignis noch enthält',
};
