#include "lab/claims/claims_style.h"

namespace normlab {

const char* const kClaimsStyle = R"css(
:root { --holds: 38 125 92; --part: 190 120 20; --not-found: 200 66 60; --undecided: 122 98 172; --none: 128 138 144; }
@media (prefers-color-scheme: dark) {
  :root { --holds: 92 190 146; --part: 232 168 74; --not-found: 238 116 106; --undecided: 176 150 226; --none: 118 128 134; }
}
.holds { --tone: var(--holds); } .in-part { --tone: var(--part); } .not-found { --tone: var(--not-found); }
.undecided, .invalid { --tone: var(--undecided); } .open, .untested { --tone: var(--none); }
html { scroll-behavior: smooth; scroll-padding-top: 16px; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
:lang(ko) body {
  font-family: system-ui, -apple-system, "Segoe UI", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR",
    "Noto Sans CJK KR", "Nanum Gothic", sans-serif;
  word-break: keep-all;
}
:lang(ko) h1, :lang(ko) h2 { letter-spacing: -0.02em; }

header h1 { font-size: clamp(28px, 4.4vw, 42px); letter-spacing: -0.022em; margin-top: 2px; }
.lead { margin: 14px 0 0; max-width: 40em; font-size: 18px; line-height: 1.55; }
.sum { display: flex; flex-wrap: wrap; gap: 6px 30px; margin: 26px 0 0; padding: 0; list-style: none; }
.sum li { display: flex; align-items: baseline; gap: 9px; color: var(--soft); }
.sum b { font-size: 32px; font-weight: 620; letter-spacing: -0.03em; line-height: 1; color: rgb(var(--tone)); }
.sum i { font-style: normal; color: rgb(var(--tone)); margin-right: 4px; }
.strip { display: grid; grid-template-columns: repeat(22, 1fr); gap: 4px; margin: 18px 0 0; padding: 0; list-style: none; }
.strip a {
  display: block; padding: 5px 2px 4px; border-radius: 5px; text-align: center; text-decoration: none; line-height: 1.2;
  background: rgb(var(--tone) / 0.15); color: rgb(var(--tone)); border: 1px solid rgb(var(--tone) / 0.35);
}
.strip a:hover, .strip a:focus-visible { background: rgb(var(--tone)); color: var(--paper); }
.strip b { display: block; font-size: 12px; font-weight: 500; opacity: 0.85; }
.strip i { font-style: normal; font-size: 16px; font-weight: 700; }
.strip .open a, .strip .untested a { background: none; border-style: dashed; }
.strip .surprising a { border: 2px solid rgb(var(--tone)); padding: 4px 1px 3px; }
.contents { columns: 2; column-gap: 40px; margin: 30px 0 0; padding: 0; list-style: none; }
.contents li { break-inside: avoid; border-top: 1px solid var(--rule); }
.contents a {
  display: flex; gap: 12px; justify-content: space-between; align-items: baseline; padding: 8px 0; color: var(--ink);
  text-decoration: none;
}
.contents a:hover span { text-decoration: underline; text-decoration-color: var(--soft); text-underline-offset: 3px; }
.contents .signs { white-space: nowrap; letter-spacing: 2px; font-size: 14px; }
.contents .signs i { font-style: normal; font-weight: 700; color: rgb(var(--tone)); }
.contents .later { color: var(--soft); }

.claim { margin-top: 72px; border-top: 2px solid var(--ink); padding-top: 14px; }
.claim > .over { margin: 0; color: var(--soft); }
.claim > h2 { font-size: clamp(22px, 3vw, 28px); line-height: 1.25; letter-spacing: -0.018em; font-weight: 650; }
.answer { margin: 10px 0 0; max-width: 46em; font-size: 16.5px; line-height: 1.6; }
.answer b { font-weight: 650; color: rgb(var(--tone)); }
.formulas { display: flex; flex-wrap: wrap; gap: 10px 44px; align-items: center; margin: 12px 0 0; padding: 8px 0 4px; overflow-x: auto; }
.formulas math { flex: none; font-size: 18px; width: auto; }
.warning { margin: 10px 0 0; padding: 8px 14px; border-left: 3px solid var(--warn); background: var(--card); }
.pictures { margin: 26px 0 6px; }
.pictures.single > figure { max-width: 760px; }
.pictures.first-wide > :first-child { grid-column: 1 / -1; max-width: 760px; }
@media (min-width: 821px) {
  .pictures.single .plot text, .pictures.first-wide > :first-child .plot text { font-size: 9px; }
}
.pictures.maps {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr)); gap: 22px 30px; align-items: start;
}
.matrix figcaption { margin-bottom: 4px; } .matrix figcaption b { font-weight: 620; }
.chart figcaption { flex-wrap: wrap; gap: 0 7px; } .chart figcaption b, .chart .unit { white-space: normal; }
.plot.still { cursor: default; touch-action: auto; }
.statement { margin-top: 26px; border-top: 1px solid var(--rule); padding-top: 14px; }
.said { display: flex; gap: 4px 14px; align-items: baseline; }
.said p { margin: 0; font-size: 16px; font-weight: 560; line-height: 1.45; }
.said .no { color: var(--soft); font-weight: 400; margin-right: 4px; }
.badge {
  flex: none; padding: 1px 10px 2px 8px; border-radius: 99px; font-size: 13px; font-weight: 620; white-space: nowrap;
  background: rgb(var(--tone) / 0.15); color: rgb(var(--tone));
}
.badge i { font-style: normal; margin-right: 6px; }
.why { margin: 4px 0 8px; color: var(--soft); max-width: 52em; }
.why b { font-weight: 620; color: var(--ink); } .why .unexpected { color: var(--warn); }
.checks { width: 100%; table-layout: fixed; font-size: 14px; }
.checks td { padding: 6px 18px 6px 0; vertical-align: middle; border-top: 1px solid var(--grid); line-height: 1.4; }
.checks tr:first-child td { border-top: 0; }
.checks .what { width: 37%; } .checks .measured { width: 19%; } .checks .on { width: 23%; } .checks .accepted-text { width: 17%; }
.checks .result { width: 28px; padding-right: 0; text-align: right; font-weight: 700; }
.checks .measured b { font-weight: 620; white-space: nowrap; } .checks .measured span { color: var(--soft); }
.checks .what b { font-weight: 620; } .checks small { display: block; color: var(--soft); font-size: 12.5px; }
.checks .accepted-text { color: var(--soft); }
.met .result { color: rgb(var(--holds)); } .limit .result { color: rgb(var(--part)); }
.missed .result { color: rgb(var(--not-found)); } tr.undecided .result { color: rgb(var(--undecided)); }
.reported .result { color: var(--soft); }
.controls { color: var(--soft); } .controls .measured b { font-weight: 500; }
.controls .ranged .accepted { background: rgb(var(--none) / 0.18); } .controls .ranged .bound { background: rgb(var(--none) / 0.7); }
.controls .met .result { color: var(--soft); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.more { margin-top: 6px; } .more summary { cursor: pointer; color: var(--soft); font-size: 14px; } .more pre { margin-top: 10px; }
.remarks { margin: 20px 0 0; padding: 12px 16px 12px 34px; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; }
.remarks li { margin: 3px 0; max-width: 54em; }
.how { display: grid; grid-template-columns: 10.5em 1fr; gap: 6px 18px; margin: 24px 0 0; font-size: 14px; }
.how dt { color: var(--soft); } .how dd { margin: 0; max-width: 54em; }
.sources span + span::before { content: " · "; color: var(--soft); }
.real { margin-top: 40px; padding-left: 22px; border-left: 3px solid var(--rule); }
.real > h3 { font-size: 18px; margin: 0; }
.real > .note { margin: 2px 0 0; }
.statements td:first-child { text-align: right; color: var(--soft); }
.statements td, .errata td { vertical-align: top; padding: 9px 16px 9px 0; }
.statements { width: 100%; font-size: 14px; } .statements th { padding: 5px 16px 5px 0; color: var(--soft); border-bottom: 1px solid var(--soft); }
.statements td { border-bottom: 1px solid var(--grid); } .statements .why { margin: 2px 0 0; }
.statements .badge { background: none; padding: 0; white-space: normal; }
.statements .same { color: var(--soft); } .statements .lessons { color: var(--soft); white-space: nowrap; }
.errata { display: grid; grid-template-columns: max-content 1fr; gap: 12px 22px; margin: 0; max-width: 60em; }
.errata dt { color: var(--soft); } .errata dd { margin: 0; }

@media (max-width: 820px) {
  .checks, .checks tbody { display: block; }
  .checks tr { display: grid; grid-template-columns: 1fr auto; gap: 1px 12px; padding: 9px 0; border-top: 1px solid var(--grid); }
  .checks tr:first-child { border-top: 0; }
  .checks td, .checks .what, .checks .measured, .checks .on, .checks .accepted-text, .checks .result {
    width: auto; padding: 0; border: 0;
  }
  .checks .on { grid-column: 1 / -1; } .checks .what { order: -2; } .checks .result { order: -1; }
  .checks .accepted-text { order: 1; text-align: right; grid-column: 1 / -1; font-size: 13px; }
}
@media (max-width: 700px) {
  .strip { grid-template-columns: repeat(11, 1fr); gap: 3px; } .strip i { font-size: 14px; } .strip b { font-size: 11px; }
  .contents { columns: 1; } .lead { font-size: 16.5px; }
  .sum { gap: 8px 20px; } .sum b { font-size: 26px; }
  .claim { margin-top: 52px; }
  .said { flex-wrap: wrap; } .how { grid-template-columns: 1fr; gap: 0; } .how dd { margin-bottom: 8px; }
  .real { padding-left: 12px; }
  .pictures.maps { grid-template-columns: 1fr 1fr; gap: 16px 14px; }
  .statements, .statements tbody { display: block; } .statements thead { display: none; }
  .statements tr { display: grid; grid-template-columns: 2.2em 1fr; padding: 9px 0; border-bottom: 1px solid var(--grid); }
  .statements td { display: block; border: 0; padding: 0 0 2px; grid-column: 2; } .statements td:first-child { grid-column: 1; text-align: left; }
  .errata { grid-template-columns: 1fr; gap: 0; } .errata dd { margin-bottom: 12px; }
}
@media (max-width: 520px) { .pictures.maps { grid-template-columns: 1fr; } }
)css";

}  // namespace normlab
