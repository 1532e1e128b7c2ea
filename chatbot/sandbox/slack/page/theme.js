/** Light or dark: the system's choice, unless the person made one. Loaded before anything is drawn. */

const wanted = () => window.localStorage.getItem("theme");
const system = window.matchMedia("(prefers-color-scheme: dark)");

function apply() {
  document.documentElement.dataset.theme = wanted() ?? (system.matches ? "dark" : "light");
}

/** Turns the light on or off, and remembers it; back to the system's choice where both agree. */
export function toggleTheme() {
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  if (next === (system.matches ? "dark" : "light")) window.localStorage.removeItem("theme");
  else window.localStorage.setItem("theme", next);
  apply();
}

system.addEventListener("change", apply);
apply();
