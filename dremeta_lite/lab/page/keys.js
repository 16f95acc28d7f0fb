// Keys in all that is framed: the notebook's shortcuts stay away, and Esc leads back to the cell. One listener on a page is enough.

function keys() {
  const hear = ({ target, key, ctrlKey, metaKey }) => {
    const frame = target.closest?.(".dremeta-frame");
    if (!frame) return;
    // JupyterLab asks the element with the focus, before that hears of the key. Ctrl+S and the like remain the notebook's.
    target.toggleAttribute("data-lm-suppress-shortcuts", !ctrlKey && !metaKey);
    if (key === "Escape" && !document.fullscreenElement) frame.closest(".jp-Cell")?.focus();
  };
  window.addEventListener("keydown", hear, true);
  return () => window.removeEventListener("keydown", hear, true);
}
