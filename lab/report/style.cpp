#include "lab/report/page.h"

namespace normlab {

// Colours have names and two sets of values; everything else is the same by day and by night.
const char* const kColours = R"css(
:root {
  color-scheme: light dark;
  --paper: #fcfcfb; --card: #ffffff; --ink: #1d2327; --soft: #626c73; --rule: #e2e5e4; --grid: #eceeed;
  --good: 47 115 196; --bad: 214 74 62; --live: #2e8b57; --warn: #b3402f;
  --c0: #2f73c4; --c1: #d97b2b; --c2: #36915f; --c3: #8d5bb8; --c4: #c9434f; --c5: #23939a; --c6: #8b6b47;
  --c7: #727b82;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181a; --card: #1b1f22; --ink: #e4e7e8; --soft: #98a2a8; --rule: #30363a; --grid: #282d31;
    --good: 84 150 228; --bad: 232 100 86; --live: #58b981; --warn: #ee8373;
    --c0: #6aaaf2; --c1: #eda25c; --c2: #63bb8c; --c3: #b78ee0; --c4: #ea7680; --c5: #56bcc3; --c6: #bd9c77;
    --c7: #9aa4ab;
  }
}
)css";

const char* const kFrameStyle = R"css(* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1120px; margin: 0 auto; padding: 40px 28px 72px; }
h1 {
  margin: 0; font-size: 30px; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; overflow-wrap: anywhere;
}
h2 { margin: 0 0 4px; font-size: 19px; font-weight: 620; letter-spacing: -0.005em; }
h3 { margin: 22px 0 8px; font-size: 15px; font-weight: 620; }
section { margin-top: 52px; }
section > .note { margin: 0 0 16px; max-width: 46em; }
.note, .unit { color: var(--soft); }
header .over { margin: 0 0 2px; color: var(--soft); }
.state {
  display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; margin: 8px 0 0; overflow-wrap: anywhere;
}
.state b { font-weight: 620; }
.state b::before {
  content: ""; display: inline-block; width: 9px; height: 9px; margin-right: 7px; border-radius: 50%;
  background: var(--soft);
}
.state.running b::before, .state.finished b::before { background: var(--live); }
.state.running b::before { animation: breathe 1.6s ease-in-out infinite alternate; }
.state.diverged b::before { background: var(--warn); }
@keyframes breathe { to { opacity: 0.25; } }
@media (prefers-reduced-motion: reduce) { .state b::before { animation: none !important; } }
.progress { height: 4px; margin-top: 14px; border-radius: 2px; background: var(--rule); overflow: hidden; }
.progress div { height: 100%; background: var(--live); width: calc(var(--v) * 100%); }

.figures {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 1px; margin: 28px 0 0;
  border: 1px solid var(--rule); border-radius: 8px; background: var(--card); overflow: hidden;
}
.figures div { padding: 14px 18px 15px; outline: 1px solid var(--rule); }
.figures dt { color: var(--soft); font-size: 13px; }
.figures dd { margin: 0; }
.figures .value {
  font-size: 27px; line-height: 1.25; font-weight: 600; letter-spacing: -0.02em; white-space: nowrap;
}
.figures .note { font-size: 13px; overflow-wrap: anywhere; }

.pair {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 28px 36px;
  align-items: start;
}
.pair > * { min-width: 0; }
figure { margin: 0; }
.chart figcaption { display: flex; gap: 7px; align-items: baseline; }
.chart figcaption b { font-weight: 620; white-space: nowrap; }
.chart .unit { font-size: 13px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.chart .at { margin-left: auto; color: var(--soft); font-size: 13px; white-space: nowrap; }
.legend {
  display: flex; flex-wrap: wrap; gap: 0 18px; margin: 0 0 4px; font-size: 14px; color: var(--soft);
  min-height: 1.5em;
}
.legend .key { overflow-wrap: anywhere; }
.legend output { color: var(--ink); font-weight: 600; }
.swatch { width: 22px; height: 8px; margin-right: 6px; vertical-align: middle; }
.plot {
  display: block; width: 100%; height: auto; overflow: visible; touch-action: pan-y; cursor: crosshair;
  border-radius: 4px;
}
.plot:focus-visible, .field:focus-visible { outline: 2px solid var(--c0); outline-offset: 3px; }
)css";

// What lines and areas of charts look like, on pages and in files.
const char* const kDrawingStyle = R"css(.plot text { fill: var(--soft); font-size: 12.5px; }
.plot line { vector-effect: non-scaling-stroke; stroke-width: 1; }
.grid { stroke: var(--grid); } .axis { stroke: var(--soft); } .place { stroke: var(--soft); stroke-dasharray: 2 3; }
.pointer { stroke: var(--ink); opacity: 0.5; }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.curve.dashed { stroke-dasharray: 5 4; stroke-width: 1.6; stroke-linecap: butt; }
.dots, .spot { fill: none; stroke-width: 5; stroke-linecap: round; } .spot { stroke-width: 8; }
.band { stroke: none; opacity: 0.18; }
.c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); } .c3 { stroke: var(--c3); }
.c4 { stroke: var(--c4); } .c5 { stroke: var(--c5); } .c6 { stroke: var(--c6); } .c7 { stroke: var(--c7); }
.band.c0, .columns.c0 { fill: var(--c0); }
.band.c1, .columns.c1 { fill: var(--c1); }
.band.c2, .columns.c2 { fill: var(--c2); }
.band.c3, .columns.c3 { fill: var(--c3); }
.band.c4, .columns.c4 { fill: var(--c4); }
.band.c5, .columns.c5 { fill: var(--c5); }
.band.c6, .columns.c6 { fill: var(--c6); }
.band.c7, .columns.c7 { fill: var(--c7); }
.whiskers { fill: none; stroke-width: 1.5; opacity: 0.6; }
.curve.bare { stroke: none; }
.columns { fill-opacity: 0.32; stroke-opacity: 0.9; stroke-width: 0.8; stroke-linejoin: round; }
.level { stroke: var(--ink); stroke-dasharray: 6 3; opacity: 0.65; } .zone { fill: var(--c7); opacity: 0.16; }
.levels text { fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.cell { fill: var(--grid); } .cell.good { fill: rgb(var(--good) / var(--v)); } .cell.bad { fill: rgb(var(--bad) / var(--v)); }
.plot .in-cell { fill: var(--ink); text-anchor: middle; } .plot .in-cell.dark { fill: #fff; }


)css";

const char* const kPartsStyle = R"css(.scroll { overflow: auto; max-height: 640px; }
pre + .scroll, .scroll + .scroll { margin-top: 20px; }
table { border-collapse: collapse; }
th { font-weight: 500; text-align: left; }
.heat { width: 100%; max-width: 620px; border-collapse: separate; border-spacing: 1px; font-size: 13px; }
.heat th { color: var(--soft); overflow-wrap: anywhere; line-height: 1.3; }
.heat th[scope=row] { padding-right: 8px; text-align: right; position: sticky; left: 0; background: var(--paper); }
.heat th[scope=col] { vertical-align: bottom; text-align: center; padding-bottom: 4px; }
.heat.long th[scope=col] span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 16em; }
.heat .corner {
  vertical-align: bottom; padding: 0 10px 4px 0; font-size: 12px; font-weight: 400; text-align: right;
  line-height: 1.35;
}
.heat td {
  min-width: 34px; height: 32px; padding: 0 3px; text-align: center; background: var(--grid); border-radius: 2px;
  color: var(--ink);
}
.heat td.good { background: rgb(var(--good) / var(--v)); }
.heat td.bad { background: rgb(var(--bad) / var(--v)); }
.heat td.dark { color: #fff; }
.heat-picture .field {
  position: relative; cursor: crosshair; border: 1px solid var(--rule); border-radius: 3px; max-width: 560px;
  touch-action: pan-y;
}
.heat-picture img { display: block; width: 100%; height: auto; image-rendering: pixelated; }
.heat-picture figcaption { margin-top: 6px; color: var(--soft); min-height: 1.5em; }
.cursor { position: absolute; outline: 1.5px solid var(--ink); pointer-events: none; }

.bars {
  display: grid; grid-template-columns: minmax(2em, max-content) 1fr max-content; gap: 5px 12px;
  align-items: center; margin: 0;
}
.bars.many { display: block; columns: 3 220px; column-gap: 32px; font-size: 13px; }
.bars.many > div {
  display: grid; grid-template-columns: 8em 1fr 5.5em; gap: 8px; align-items: center; break-inside: avoid;
}
.bars > div { display: contents; }
.bars .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 11em; }
.bars .bar { height: 10px; border-radius: 2px; background: rgb(var(--bad) / 0.75); overflow: hidden; }
.bars .bar div {
  height: 100%; width: calc(var(--v) * 100%); background: rgb(var(--good)); box-shadow: 1px 0 0 var(--paper);
}
.bars .number { text-align: right; }
.bars small { color: var(--soft); margin-left: 8px; }

.verdict { margin: 0; padding-left: 1.15em; max-width: 46em; font-size: 16.5px; }
.verdict li { margin: 6px 0; }
.facts { margin: 22px 0 0; padding-left: 1.15em; } .facts li { margin: 6px 0; }
a { color: var(--c0); }

.intervals {
  display: grid; grid-template-columns: minmax(2em, max-content) 1fr max-content; column-gap: 16px; align-items: center;
  max-width: 860px;
}
.intervals .row { display: contents; }
.intervals .name { overflow-wrap: anywhere; line-height: 1.3; max-width: 16em; }
.intervals .number { text-align: right; font-weight: 600; }
.track { position: relative; height: 34px; }
.track i { position: absolute; left: calc(var(--at) * 100%); background: var(--colour); }
.track .tick { top: 0; bottom: 0; width: 1px; background: var(--grid); }
.track .reach { top: 15px; height: 4px; border-radius: 2px; width: calc(var(--width) * 100%); opacity: 0.45; }
.track .one { top: 10px; width: 2px; height: 14px; margin-left: -1px; opacity: 0.75; }
.track .mean {
  top: 11px; width: 12px; height: 12px; margin-left: -6px; border-radius: 50%; border: 2px solid var(--paper);
}
.track.ranged { height: 26px; min-width: 120px; border-bottom: 1px solid var(--rule); overflow: hidden; }
.track .accepted { top: 4px; bottom: 0; width: max(3px, calc(var(--width) * 100%)); background: rgb(var(--good) / 0.15); }
.track .bound { top: 4px; bottom: 0; width: 1px; background: rgb(var(--good) / 0.7); }
.ranged .reach { top: 13px; } .ranged .one { top: 10px; height: 10px; width: 1px; } .ranged .mean { top: 9px; }
.ticks { position: relative; height: 20px; color: var(--soft); font-size: 12.5px; }
.ticks span { position: absolute; left: calc(var(--at) * 100%); transform: translateX(-50%); }

.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 20px 14px; }
.sheet figure { font-size: 13px; line-height: 1.35; overflow-wrap: anywhere; }
.sheet img {
  display: block; max-width: 100%; height: auto; margin-bottom: 6px; image-rendering: pixelated; border-radius: 3px;
}
.sheet .wrong { color: var(--warn); font-weight: 600; }
.sheet .note { display: block; }

.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 28px 24px; }
.cards figure { display: flex; gap: 14px; align-items: flex-start; font-size: 13px; }
.cards img { flex: none; image-rendering: pixelated; border-radius: 3px; }
.cards figcaption { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.cards .bars { grid-template-columns: 1fr max-content; gap: 1px 8px; margin-top: 4px; }
.cards .bar { grid-column: 1 / -1; height: 5px; margin-bottom: 4px; background: var(--grid); }

.overview .field { max-width: none; } .overview img { height: max(64px, calc(var(--rows) * 11px)); }
.labelled { display: grid; grid-template-columns: fit-content(38%) 1fr; gap: 3px 8px; }
.labelled .names {
  display: grid; grid-auto-rows: 1fr; min-width: 0; font-size: 10px; line-height: 1; text-align: right;
  color: var(--soft);
}
.labelled .names span { align-self: center; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.labelled .along { grid-column: 2; display: flex; justify-content: space-between; font-size: 12px; color: var(--soft); }
.labelled figcaption { grid-column: 1 / -1; display: flex; flex-wrap: wrap; justify-content: space-between; }
.ramp {
  display: inline-block; width: 72px; height: 9px; margin: 0 6px; border: 1px solid var(--rule);
  background: linear-gradient(to right, transparent, rgb(214 74 62));
}
.layer { margin-top: 18px; border-top: 1px solid var(--rule); padding-top: 12px; }
.layer summary { cursor: pointer; overflow-wrap: anywhere; }
.layer .pair { margin-top: 14px; }

.plain { width: 100%; font-size: 14px; }
.plain th {
  color: var(--soft); position: sticky; top: 0; background: var(--paper); border-bottom: 1px solid var(--soft);
}
.plain th, .plain td { padding: 5px 18px 5px 0; vertical-align: baseline; }
.plain td { border-bottom: 1px solid var(--grid); }
.plain tfoot td { border: 0; font-weight: 620; }
.plain .number { text-align: right; white-space: nowrap; } .plain .key { white-space: nowrap; }
.plain th:last-child, .plain td:last-child { padding-right: 0; }
.share {
  display: inline-block; width: 84px; height: 7px; margin-right: 10px;
  background: linear-gradient(var(--c0), var(--c0)) left / calc(var(--v) * 100%) no-repeat, var(--grid);
}
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
pre {
  margin: 0; padding: 14px 16px; background: var(--card); border: 1px solid var(--rule); border-radius: 6px;
  overflow: auto; max-height: 640px;
}
pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }

@media (max-width: 560px) {
  main { padding: 24px 16px 48px; }
  h1 { font-size: 25px; }
  section { margin-top: 40px; }
  .figures { grid-template-columns: 1fr 1fr; }
  .figures div { padding: 11px 14px; }
  .figures .value { font-size: 22px; }
  .plot text { font-size: 15px; }
  .heat { font-size: 11.5px; } .heat td { min-width: 21px; height: 26px; padding: 0; }
  .chart figcaption { flex-wrap: wrap; } .chart figcaption b { white-space: normal; overflow-wrap: anywhere; }
  .intervals .row { display: grid; grid-template-columns: 1fr max-content; gap: 0 12px; align-items: end; }
  .intervals { display: block; } .intervals .name { max-width: none; } .intervals span:empty { display: none; }
  .intervals .track, .intervals .ticks, .intervals .unit { order: 1; grid-column: 1 / -1; text-align: right; }
  .intervals .track, .intervals .ticks { margin: 0 16px; }
  .plain { font-size: 13px; } .plain th, .plain td { padding-right: 6px; } .plain th.number { white-space: normal; }
  .plain th { font-size: 12px; } .plain td:first-child { min-width: 6.4em; overflow-wrap: anywhere; }
  .share { display: none; }
  .stacks, .stacks tbody, .stacks tfoot { display: block; } .stacks thead { display: none; }
  .stacks tr {
    display: flex; flex-wrap: wrap; gap: 3px 14px; padding: 8px 0; border-bottom: 1px solid var(--grid);
  }
  .plain.stacks td {
    min-width: calc((100% - 28px) / 3); padding: 0; border: 0; text-align: left; overflow-wrap: anywhere;
  }
  .plain.stacks td:first-child { width: 100%; font-weight: 620; } .plain.stacks td:empty { display: none; }
  .stacks td::before { content: attr(data-title); display: block; color: var(--soft); font-size: 12px; }
  .stacks .key { white-space: normal; }
}
@media print {
  :root { color-scheme: light; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { background: #fff; font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .scroll, pre { max-height: none; overflow: visible; } pre { white-space: pre-wrap; }
  figure, .figures, tr, .bars { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .pair { grid-template-columns: 1fr 1fr; gap: 16px 20px; }
  .heat { font-size: 8.5px; } .heat td { min-width: 0; height: 22px; padding: 0; } .bars { font-size: 11px; }
}
)css";

}  // namespace normlab
