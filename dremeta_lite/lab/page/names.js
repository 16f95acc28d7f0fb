// A slider is called as its box is, and says what stands in it.

function names(el) {
  const watcher = new MutationObserver(name);
  let frame, timer;
  function name() {
    frame.querySelectorAll(".dremeta-control").forEach(nameSlider);
  }
  function begin() {
    frame = el.closest(".dremeta-frame");
    if (!frame) return (timer = setTimeout(begin, 50)); // it is not on the page yet
    name();
    // The box says the new number only when the kernel has answered, and shown what comes of it.
    watcher.observe(frame, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-valuenow", "data-frame"] });
  }
  begin();
  return () => {
    clearTimeout(timer);
    watcher.disconnect();
  };
}

function nameSlider(control) {
  const slider = control.querySelector(".noUi-handle"), box = control.querySelector("input"), label = control.querySelector("label");
  if (!slider || !box || !label) return;
  const wanted = { "aria-label": label.textContent, "aria-valuetext": box.value };
  for (const [name, value] of Object.entries(wanted)) if (slider.getAttribute(name) !== value) slider.setAttribute(name, value);
}
