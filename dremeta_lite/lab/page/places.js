const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// Places: shares of an axis, from 0 to 1, and its units

const share = (value, [low, high], log) => (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
const unshare = (part, [low, high], log) => (log ? low * (high / low) ** part : low + part * (high - low));
const within = (value, low, high) => Math.min(Math.max(value, low), high);

const toShares = (region, [x, y]) => [share(x, region.x, region.log[0]), share(y, region.y, region.log[1])];
const toUnits = (region, [a, b]) => [unshare(a, region.x, region.log[0]), unshare(b, region.y, region.log[1])];

function sharesAt(area, event) {
  const box = area.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (box.bottom - event.clientY) / box.height];
}

// Put an element at shares of a region; all in percent, so that it stays there when the picture changes its size.
function place(element, { box: [left, top, width, height] }, [a, b]) {
  element.style.left = `${100 * (left + a * width)}%`;
  element.style.top = `${100 * (top + (1 - b) * height)}%`;
}

// Take a key for the picture alone: the notebook's own shortcuts do not see it.
function take(event) {
  event.preventDefault();
  event.stopPropagation();
}
