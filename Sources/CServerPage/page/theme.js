// Before the first paint, so that a dark page is never white for a moment; that is why it is no module.
(function () {
    const chosen = localStorage.getItem("theme");
    if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
})();
