// Before the first paint, so that a saved theme does not flash.
try {
  const saved = localStorage.getItem('theme');
  if (saved === 'light' || saved === 'dark') document.documentElement.dataset.theme = saved;
} catch {
  // Storage can be switched off; then the system's theme is used.
}
