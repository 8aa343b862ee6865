// The name by which experiments know a visit: made here, gone with the tab, never made for who
// objects to statistics.

const KEY = "visitor";

/** null where there is none. */
export function visitor() {
  if (navigator.globalPrivacyControl || navigator.doNotTrack === "1" || !crypto.randomUUID) return null;
  try {
    const kept = sessionStorage.getItem(KEY);
    if (kept) return kept;
    const made = crypto.randomUUID();
    sessionStorage.setItem(KEY, made);
    return made;
  } catch {
    return null; // storage is switched off
  }
}
