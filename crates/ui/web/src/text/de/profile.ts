// Texte der eigenen Seite.
import type { profile as english } from '../en/profile';

export const profile: Record<keyof typeof english, string> = {
  'nav.profile': 'Mein Profil',
  'profile.title': 'Mein Profil',
  'profile.permissions': 'Meine Berechtigungen',
  'profile.console': 'Diese Konsole',
  'profile.consoleHint': 'Wird nur in diesem Browser gemerkt.',
  'profile.password': 'Mein Passwort',
  'profile.passwordHint': 'Alle Ihre anderen Sitzungen enden; diese geht weiter.',
  'profile.passwordDone': 'Das Passwort ist geändert.',
  'profile.factorOn': 'An: Die Anmeldung fragt auch nach einem Code.',
  'profile.factorOff': 'Aus. Mit einem zweiten Faktor genügt ein gestohlenes Passwort nicht, um sich als Sie anzumelden.',
  'profile.factorLost': 'Geht der Authenticator verloren, kann ihn wegnehmen, wer Benutzer verwaltet, und Sie richten einen neuen ein. Selbst schaltet ihn niemand ab: Das täte auch, wer diese Sitzung stiehlt.',
  'profile.factorSetUp': 'Einrichten',
  'profile.factorScan': 'Scannen Sie das mit einer Authenticator-App und geben Sie dann den Code ein, den sie zeigt. Das Bild ist in diesem Browser gezeichnet und wird nirgendwohin gesendet.',
};
