/** What lies over the curves of a plot: events as vertical lines, and measured points. */
import type uPlot from 'uplot';

/** An event at a place of the x axis. */
export interface Marker {
  x: number;
  kind: string;
  label: string;
}

export interface Point {
  x: number;
  y: number;
}

const NEAR_PX = 6;

/** @param markers asked for at every drawing: they change while a run goes on */
export function markersPlugin(markers: () => readonly Marker[]): uPlot.Plugin {
  const layer = document.createElement('div');
  layer.className = 'markers';
  let lines: { left: number; element: HTMLElement }[] = [];

  const place = (plot: uPlot): void => {
    const width = plot.over.clientWidth;
    const groups = groupByPixel(markers(), ({ x }) => plot.valToPos(x, 'x')).filter(
      ({ left }) => left >= 0 && left <= width,
    );
    lines = groups.map(({ left, members }) => ({
      left,
      element: markerLine(left, members, left > width / 2),
    }));
    layer.replaceChildren(...lines.map(({ element }) => element));
  };
  const showNear = (plot: uPlot): void => {
    const left = plot.cursor.left ?? -1;
    for (const line of lines) {
      line.element.classList.toggle('near', left >= 0 && Math.abs(line.left - left) <= NEAR_PX);
    }
  };
  return {
    hooks: {
      init: (plot) => plot.over.append(layer),
      draw: place,
      setCursor: showNear,
    },
  };
}

/** Events that lie within few pixels share a line. */
function groupByPixel(markers: readonly Marker[], leftOf: (marker: Marker) => number) {
  const groups: { left: number; members: Marker[] }[] = [];
  for (const marker of [...markers].sort((a, b) => a.x - b.x)) {
    const left = leftOf(marker);
    const group = groups.at(-1);
    if (group !== undefined && left - group.left < 3) group.members.push(marker);
    else groups.push({ left, members: [marker] });
  }
  return groups;
}

function markerLine(left: number, members: readonly Marker[], isLeftward: boolean): HTMLElement {
  const line = document.createElement('div');
  const kinds = new Set(members.map(({ kind }) => kind));
  // The line has the colour of the rarest kind: checkpoints are frequent.
  const [kind = 'checkpoint'] = [...kinds].sort(
    (a, b) => Number(a === 'checkpoint') - Number(b === 'checkpoint'),
  );
  line.className = `marker marker-${kind}${isLeftward ? ' leftward' : ''}`;
  line.style.left = `${left}px`;
  const label = document.createElement('span');
  const labels = members.slice(0, 3).map((member) => member.label);
  label.textContent =
    members.length > 3 ? `${labels.join('; ')} and ${members.length - 3} more` : labels.join('; ');
  line.append(label);
  return line;
}

/** Draws points that lie between the buckets. @param colour of the points */
export function pointsPlugin(points: () => readonly Point[], colour: string): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        ctx.strokeStyle = colour;
        ctx.fillStyle = colour;
        for (const { x, y } of points()) {
          ctx.beginPath();
          ctx.arc(
            plot.valToPos(x, 'x', true),
            plot.valToPos(y, 'y', true),
            3.5 * devicePixelRatio,
            0,
            2 * Math.PI,
          );
          ctx.fill();
        }
        ctx.restore();
      },
    },
  };
}
