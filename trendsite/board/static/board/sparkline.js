// A line of a hashtag's hours beside its bar: a path for each, made once and drawn wherever the bar is.

const MADE = new WeakMap(); // by the array of hours: the same ones are drawn in every frame

/**
 * Draws `hours`, numbers or null where nothing is known, oldest first, into `width` and `height` pixels around (x, y).
 * `whole` hours fill the width. `usual` is dashed: the number that each hour would have if nothing were unusual.
 */
export function drawSparkline(context, { hours, whole, usual }, { x, y, width, height, mirrored }, colour) {
  const pen = Math.max(1.5, height / 18);
  const { line, dashes, base, end } = pathOf({ hours, whole, usual }, { width, height, pen });
  context.save();
  context.translate(x, y - height / 2);
  if (mirrored) context.transform(-1, 0, 0, 1, width, 0);
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = pen;
  context.lineJoin = "round";
  context.stroke(line);
  context.fill(end);
  context.lineWidth = pen * 0.7;
  context.globalAlpha = 0.35;
  context.stroke(base);
  context.setLineDash([pen * 1.7, pen * 1.7]);
  context.globalAlpha = 0.8;
  context.stroke(dashes);
  context.restore();
}

/** The paths: the line with a dot at its end, which stays inside the box, on the ground of the whole time. */
function pathOf({ hours, whole, usual }, { width, height, pen }) {
  const size = `${Math.round(width)} ${Math.round(height)}`;
  const made = MADE.get(hours);
  if (made?.size === size && made.usual === usual) return made;
  const most = Math.max(1, ...[...usual, ...hours].map((number) => number ?? 0));
  const dot = pen * 1.35;
  const step = (width - dot) / Math.max(1, whole - 1);
  const heightOf = (number) => dot + (height - dot) * (1 - number / most);
  const path = { size, usual, line: new Path2D(), end: new Path2D(), base: new Path2D(), dashes: new Path2D() };
  path.base.moveTo(0, height);
  path.base.lineTo(width, height);
  const trace = (numbers, line) =>
    numbers.forEach((number, index) => {
      if (number !== null) line[(numbers[index - 1] ?? null) === null ? "moveTo" : "lineTo"](index * step, heightOf(number));
    });
  trace(hours, path.line);
  trace(usual, path.dashes);
  const last = hours.length - 1;
  if (hours[last] != null) path.end.arc(last * step, heightOf(hours[last]), dot, 0, 2 * Math.PI);
  MADE.set(hours, path);
  return path;
}
