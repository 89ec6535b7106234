// Draws each bar's rank, spelling and count beside it; they move with the bar.

const COUNT_GAP = 10;
const number = new Intl.NumberFormat("en");

/** How chart and labels share a canvas of this width: beside the bars, or above them where it is narrow. */
export function arrangement(width) {
  if (width < 520) return { above: true, gutter: 0, barThickness: 12, countWidth: 0, fontSize: 14 };
  const gutter = Math.min(260, Math.round(width * 0.32));
  return { above: false, gutter, barThickness: 28, countWidth: 84, fontSize: 16 };
}

/** The text, cut with an ellipsis to at most `width` pixels. */
function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  const characters = Array.from(text);
  while (characters.length > 1 && context.measureText(`${characters.join("")}…`).width > width) characters.pop();
  return `${characters.join("")}…`;
}

/** The spelling with its own direction, whatever stands around it. */
function isolated(text) {
  return `\u2068${text}\u2069`;
}

/** A Chart.js plugin; `places()` returns what each bar shows, or null, in the order of the bars. */
export function labelsPlugin(places) {
  return {
    id: "labels",
    afterDatasetsDraw(chart) {
      const { ctx: context, chartArea: area, width } = chart;
      const style = getComputedStyle(chart.canvas);
      const layout = arrangement(width);
      context.save();
      context.beginPath();
      context.rect(0, area.top, width, area.bottom - area.top);
      context.clip();
      context.textBaseline = "middle";
      chart.getDatasetMeta(0).data.forEach((bar, index) => {
        const place = places()[index];
        if (place) draw(context, { place, bar, area, width, layout, style });
      });
      context.restore();
    },
  };
}

function draw(context, { place, bar, area, width, layout, style }) {
  const muted = style.getPropertyValue("--muted");
  const ink = style.getPropertyValue("--ink");
  const count = number.format(place.posts);
  const line = layout.above ? bar.y - layout.barThickness / 2 - layout.fontSize * 0.8 : bar.y;
  const rankWidth = layout.fontSize * 1.9;

  context.font = `400 ${layout.fontSize}px ${style.fontFamily}`;
  context.textAlign = "left";
  context.fillStyle = muted;
  context.fillText(place.rank, 0, line);

  context.font = `600 ${layout.fontSize}px ${style.fontFamily}`;
  context.fillStyle = ink;
  const countWidth = context.measureText(count).width;
  const room = layout.above ? width - rankWidth - countWidth - COUNT_GAP : layout.gutter - rankWidth - COUNT_GAP;
  context.fillText(isolated(fitted(context, `#${place.hashtag}`, room)), rankWidth, line);

  context.textAlign = layout.above ? "right" : "left";
  context.fillText(count, layout.above ? area.right : bar.x + COUNT_GAP, line);
}
