#include "lab/report/page.h"

namespace normlab {

// What moves: the pointer's line in the charts, the cell under the pointer in large matrices, and the look for a newer
// page. A mouse, a finger and the arrow keys all do.
const char* const kScript = R"js(
'use strict';

// Calls show(x, y) with the pointer's place in `element`, 0 to 1, move(dx, dy) for arrow keys, and leave() at the end.
function follow(element, {show, move, leave}) {
  const point = event => {
    const box = element.getBoundingClientRect();
    show((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  element.addEventListener('pointermove', point);
  element.addEventListener('pointerdown', point);
  element.addEventListener('pointerleave', event => event.pointerType === 'mouse' && leave());
  element.addEventListener('blur', leave);
  element.addEventListener('keydown', event => {
    const steps = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
                   Home: [-Infinity, 0], End: [Infinity, 0]};
    if (event.key === 'Escape') return leave();
    if (!(event.key in steps)) return;
    event.preventDefault();
    move(...steps[event.key]);
  });
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const svg = (name, attributes, parent) => {
  const element = document.createElementNS(parent.namespaceURI, name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  return parent.appendChild(element);
};

class Chart {
  constructor(figure) {
    this.group = figure.dataset.group;
    this.title = figure.dataset.xTitle;
    this.plot = figure.querySelector('.plot');
    this.place = figure.querySelector('.at');
    this.resting = this.place.textContent;
    const outputs = figure.querySelectorAll('.legend output');
    this.curves = [...figure.querySelectorAll('.plot .curve')].map((path, i) => {
      const numbers = path.getAttribute('d').match(/-?[\d.]+/g).map(Number);
      return {
        colour: path.classList[1], output: outputs[i], resting: outputs[i].textContent,
        x: path.dataset.x.split('|'), y: path.dataset.y.split('|'),
        points: path.dataset.x.split('|').map((_, i) => ({across: numbers[2 * i], down: numbers[2 * i + 1]})),
      };
    });
    const texts = new Map(this.curves.flatMap(curve => curve.points.map(({across}, i) => [across, curve.x[i]])));
    this.stops = [...texts.keys()].sort((a, b) => a - b);
    this.texts = this.stops.map(stop => texts.get(stop));
    this.at = -1;
  }

  stopNear(across) {
    let best = 0;
    this.stops.forEach((stop, i) => { if (Math.abs(stop - across) < Math.abs(this.stops[best] - across)) best = i; });
    return best;
  }

  show(index) {
    this.at = index;
    const across = this.stops[index];
    this.marks?.remove();
    this.marks = svg('g', {class: 'marks'}, this.plot);
    const {top, bottom} = this.plot.dataset;
    svg('line', {class: 'pointer', x1: across, x2: across, y1: top, y2: bottom}, this.marks);
    for (const curve of this.curves) {
      const distance = point => Math.abs(point.across - across);
      let nearest = 0;
      curve.points.forEach((point, i) => { if (distance(point) < distance(curve.points[nearest])) nearest = i; });
      const {across: x, down: y} = curve.points[nearest];
      curve.output.textContent = curve.y[nearest];
      svg('path', {class: 'spot ' + curve.colour, d: `M${x} ${y}h0`}, this.marks);
    }
    this.place.textContent = this.title + ' ' + this.texts[index];
  }

  rest() {
    this.at = -1;
    this.marks?.remove();
    this.place.textContent = this.resting;
    for (const curve of this.curves) curve.output.textContent = curve.resting;
  }
}

const charts = [...document.querySelectorAll('.chart')].map(figure => new Chart(figure))
  .filter(chart => chart.stops.length > 0);
for (const chart of charts) {
  const friends = chart.group ? charts.filter(other => other.group === chart.group) : [chart];
  const share = index => {
    for (const friend of friends) {
      const same = friend === chart ? index : friend.texts.indexOf(chart.texts[index]);
      if (same >= 0) friend.show(same);
    }
  };
  follow(chart.plot, {
    show: x => share(chart.stopNear(x * chart.plot.viewBox.baseVal.width)),
    move: dx => share(clamp((chart.at < 0 ? chart.stops.length - 1 : chart.at) + dx, 0, chart.stops.length - 1)),
    leave: () => friends.forEach(friend => friend.rest()),
  });
}

for (const figure of document.querySelectorAll('.heat-picture')) {
  const {rows, columns, cells} = JSON.parse(figure.dataset.heat);
  const texts = new Map(cells.map(([row, column, text]) => [row * columns.length + column, text]));
  const field = figure.querySelector('.field'), output = figure.querySelector('output'), resting = output.textContent;
  let row = 0, column = 0, cursor;
  const show = (x, y) => {
    column = clamp(x, 0, columns.length - 1), row = clamp(y, 0, rows.length - 1);
    output.textContent = `${rows[row]} \u2192 ${columns[column]}: ${texts.get(row * columns.length + column) ?? 0}`;
    cursor ??= field.appendChild(Object.assign(document.createElement('div'), {className: 'cursor'}));
    const percent = (index, of) => 100 * index / of + '%';
    Object.assign(cursor.style, {left: percent(column, columns.length), top: percent(row, rows.length),
                                 width: percent(1, columns.length), height: percent(1, rows.length)});
  };
  follow(field, {
    show: (x, y) => show(Math.floor(x * columns.length), Math.floor(y * rows.length)),
    move: (dx, dy) => show(column + dx, row + dy),
    leave: () => { cursor?.remove(); cursor = undefined; output.textContent = resting; },
  });
}

const seconds = Number(document.body.dataset.refresh);
if (seconds) {
  const key = 'normlab ' + location.pathname;
  try { scrollTo(0, Number(sessionStorage.getItem(key))); } catch { /* a browser without memory starts at the top */ }
  setInterval(() => {
    if (document.hidden || charts.some(chart => chart.at >= 0)) return;
    try { sessionStorage.setItem(key, String(scrollY)); } catch { /* likewise */ }
    location.reload();
  }, 1000 * seconds);
}
)js";

}  // namespace normlab
