// Manners of the whole panel: the notebook's shortcuts stay away from it, and its sliders have names.

function manners(el) {
  const watchers = [];
  const begin = new ResizeObserver(() => {
    const frame = el.closest(".dremeta-frame");
    if (!frame || watchers.length) return;
    for (let outer = frame; outer; outer = outer.parentElement.closest(".dremeta-frame")) outer.dataset.lmSuppressShortcuts = "true";
    const name = () => frame.querySelectorAll(".dremeta-control").forEach(nameSlider);
    name();
    watchers.push(new MutationObserver(name));
    watchers[0].observe(frame, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-valuenow"] });
  });
  begin.observe(el);
  return () => [begin, ...watchers].forEach((watcher) => watcher.disconnect());
}

// A slider is called as its box is, and says what stands in it.
function nameSlider(control) {
  const slider = control.querySelector(".noUi-handle"), box = control.querySelector("input"), label = control.querySelector("label");
  if (!slider || !box || !label) return;
  const wanted = { "aria-label": label.textContent, "aria-valuetext": box.value };
  for (const [name, value] of Object.entries(wanted)) if (slider.getAttribute(name) !== value) slider.setAttribute(name, value);
}
