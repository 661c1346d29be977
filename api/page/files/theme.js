// Before anything is painted: light or dark as chosen here before, else as the system has it.
const chosen = localStorage.getItem("anwen-theme");
if (chosen) document.documentElement.dataset.theme = chosen;
