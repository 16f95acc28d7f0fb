// Full screen, for a projector: the panel alone, in larger type, with no controls but Start and Pause. Esc or the button leads back.

function addPresent({ el }) {
  const button = add(el, "button", { class: "dremeta-present", type: "button", "aria-pressed": "false", title: "Full screen; Esc leads back" });
  const frame = () => el.closest(".dremeta-frame");
  const tell = () => {
    const presenting = !!document.fullscreenElement && document.fullscreenElement === frame();
    button.textContent = presenting ? "Leave" : "Present";
    button.setAttribute("aria-pressed", presenting);
  };
  button.hidden = !document.fullscreenEnabled;
  button.onclick = () => (document.fullscreenElement ? document.exitFullscreen() : frame()?.requestFullscreen());
  document.addEventListener("fullscreenchange", tell);
  tell();
  return () => document.removeEventListener("fullscreenchange", tell);
}
