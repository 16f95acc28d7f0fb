// Manners of the whole panel: the notebook's shortcuts stay away from it, and its sliders have names.

function manners({ model, el }) {
  const watchers = [];
  // JupyterLab asks the element with the focus, before that hears of the key. Ctrl+S and the like remain the notebook's.
  const keepAway = ({ target, ctrlKey, metaKey }) => {
    if (target.closest?.(".dremeta-frame")) target.toggleAttribute("data-lm-suppress-shortcuts", !ctrlKey && !metaKey);
  };
  const begin = new ResizeObserver(() => {
    const frame = el.closest(".dremeta-frame");
    if (!frame || watchers.length) return;
    window.addEventListener("keydown", keepAway, true);
    const name = () => frame.querySelectorAll(".dremeta-control").forEach(nameSlider);
    name();
    model.on("change:frame", name); // the box says the new number only when the kernel has answered
    watchers.push(new MutationObserver(name));
    watchers[0].observe(frame, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-valuenow"] });
  });
  begin.observe(el);
  return () => {
    window.removeEventListener("keydown", keepAway, true);
    [begin, ...watchers].forEach((watcher) => watcher.disconnect());
  };
}

// A slider is called as its box is, and says what stands in it.
function nameSlider(control) {
  const slider = control.querySelector(".noUi-handle"), box = control.querySelector("input"), label = control.querySelector("label");
  if (!slider || !box || !label) return;
  const wanted = { "aria-label": label.textContent, "aria-valuetext": box.value };
  for (const [name, value] of Object.entries(wanted)) if (slider.getAttribute(name) !== value) slider.setAttribute(name, value);
}
