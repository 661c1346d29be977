// Light, dark, or as the system has it.

const NAMES = { "": "跟随系统", light: "浅色", dark: "深色" };
const SIGNS = { "": "◐", light: "☀", dark: "☾" };

/** Make a button go round the three, and remember the choice on this machine. */
export function bindTheme(button) {
  const root = document.documentElement;
  const told = () => {
    const theme = root.dataset.theme ?? "";
    button.textContent = SIGNS[theme];
    button.title = `明暗：${NAMES[theme]}`;
    button.setAttribute("aria-label", button.title);
  };
  button.addEventListener("click", () => {
    const names = Object.keys(NAMES);
    const next = names[(names.indexOf(root.dataset.theme ?? "") + 1) % names.length];
    if (next) {
      root.dataset.theme = next;
      localStorage.setItem("anwen-theme", next);
    } else {
      delete root.dataset.theme;
      localStorage.removeItem("anwen-theme");
    }
    told();
  });
  told();
}
