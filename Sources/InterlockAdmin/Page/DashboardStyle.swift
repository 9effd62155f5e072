/// How the page looks: calm colours, tabular figures, nothing that moves when numbers change.
enum DashboardStyle {
    static let css = colours + layout + tables + narrow

    private static let colours = """
        :root {
          --page: #f4f5f3; --panel: #fff; --line: #e0e3de; --grid: #eceeea; --ink: #1b2126; --quiet: #626c70;
          --good: #1e7d4e; --warn: #9a5b00; --bad: #b3261e; --good-soft: #e3f2e9; --warn-soft: #faeed9; --bad-soft: #fbe6e4;
          --a: #2463c4; --b: #c8761a; --c: #b0306a; --focus: #2463c4; --chip: #eef0ed;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #101416; --panel: #171c1f; --line: #2a3135; --grid: #22292c; --ink: #e3e7e6; --quiet: #96a1a3;
            --good: #5cc48d; --warn: #e2a84a; --bad: #f08a80; --good-soft: #16281f; --warn-soft: #2d2413; --bad-soft: #331b1a;
            --a: #74a8f5; --b: #eaa352; --c: #ee82b0; --focus: #8db8fa; --chip: #22292c;
          }
        }

        """

    private static let layout = """
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--page); color: var(--ink); font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
          font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%;
        }
        header, main { max-width: 1360px; margin: 0 auto; padding: 0 20px; }
        header { display: flex; justify-content: space-between; align-items: baseline; gap: 16px; padding-top: 16px; }
        h1 { font-size: 17px; font-weight: 650; margin: 0; display: inline; }
        h2 { font-size: 12px; font-weight: 650; margin: 0 0 8px; letter-spacing: .02em; }
        section { margin-bottom: 12px; }
        #charts-title { margin: 16px 0 8px; }
        /* Names, symbols and reasons are as long as they like: they break within their place rather than leave it. */
        .title, .headline, .item, .facts { overflow-wrap: anywhere; }
        .quiet { color: var(--quiet); font-weight: 400; }
        .title .quiet { margin-left: 8px; }
        .panel { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; min-width: 0; }
        .link { margin: 0; color: var(--quiet); white-space: nowrap; min-width: 12ch; text-align: right; }
        .dot { display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 6px; background: var(--quiet); }
        .link[data-state=live] .dot { background: var(--good); }
        .link[data-state=stale] { color: var(--bad); font-weight: 600; }
        .link[data-state=stale] .dot { background: var(--bad); }
        .headline {
          display: flex; align-items: center; gap: 12px; margin: 12px 0; padding: 12px 16px; border-radius: 8px; min-height: 52px;
          font-size: 18px; line-height: 1.35; font-weight: 550; background: var(--panel); border: 1px solid var(--line);
        }
        .mark { flex: none; width: 12px; height: 12px; border-radius: 50%; background: var(--quiet); }
        .headline[data-level=healthy] { background: var(--good-soft); border-color: transparent; }
        .headline[data-level=healthy] .mark { background: var(--good); }
        .headline[data-level=degraded] { background: var(--warn-soft); border-color: transparent; }
        .headline[data-level=degraded] .mark { background: var(--warn); border-radius: 2px; transform: rotate(45deg); }
        .headline[data-level=draining] { background: var(--bad-soft); border-color: transparent; }
        .headline[data-level=draining] .mark { background: var(--bad); border-radius: 2px; }
        body[data-locked=true] main > :not(form, .headline) { display: none; }
        body[data-stale=true] main > :not(form) { opacity: .5; }
        .tiles { display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); gap: 1px; margin: 0; background: var(--line); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
        .tiles div { background: var(--panel); padding: 10px 14px; display: flex; flex-direction: column; }
        .tiles dt { color: var(--quiet); font-size: 12px; }
        .tiles dd { margin: 0; }
        .tiles .value { font-size: 22px; line-height: 1.3; font-weight: 600; white-space: nowrap; }
        .tiles .note { color: var(--quiet); font-size: 12px; min-height: 1.45em; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
        .charts { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 12px; }
        .chart h3 { display: flex; justify-content: space-between; font-size: 13px; font-weight: 600; margin: 0; }
        .chart .keys { display: flex; gap: 14px; margin: 0 0 6px; }
        .chart .key { font-weight: 400; color: var(--quiet); white-space: nowrap; }
        .chart .key b { font-weight: 600; color: var(--ink); display: inline-block; min-width: 5.5ch; }
        .chart .at { font-weight: 400; color: var(--quiet); }
        .swatch { display: inline-block; width: 10px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: 3px; }
        .swatch.a { background: var(--a); } .swatch.b { background: var(--b); } .swatch.c { background: var(--c); }
        .chart svg { display: block; width: 100%; height: 132px; touch-action: pan-y; }
        .chart .grid { stroke: var(--grid); } .chart .axis { fill: var(--quiet); font-size: 11px; } .chart .cross { stroke: var(--quiet); stroke-dasharray: 2 2; }
        .chart path { fill: none; stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round; }
        .chart path.a { stroke: var(--a); } .chart path.b { stroke: var(--b); } .chart path.c { stroke: var(--c); }
        .chart path.area { stroke: none; fill: var(--a); opacity: .1; }
        .columns { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 12px; align-items: start; }
        .column { display: grid; gap: 12px; min-width: 0; } .column section { margin: 0; }
        .facts { display: grid; grid-template-columns: fit-content(50%) minmax(0, 1fr); gap: 3px 16px; margin: 0; }
        .facts dt { color: var(--quiet); } .facts dd { margin: 0; }
        .item { margin: 0 0 8px; } .item:last-child { margin: 0; } .item p { margin: 0; } .empty { color: var(--quiet); margin: 0; }
        .state { display: inline-block; min-width: 8ch; font-weight: 600; } .good { color: var(--good); } .warn { color: var(--warn); } .bad, .bad-text { color: var(--bad); }
        form { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; margin: 12px 0; }
        form p { flex-basis: 100%; margin: 0; min-height: 1.45em; }
        input, button { font: inherit; color: inherit; }
        input { background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: 6px 10px; flex: 1 1 240px; }
        form button { background: var(--a); color: var(--panel); border: 0; border-radius: 6px; padding: 7px 18px; }
        :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
        .skip { position: absolute; left: -999px; top: 8px; background: var(--panel); padding: 8px 12px; z-index: 1; }
        .skip:focus { left: 12px; }
        [hidden] { display: none !important; }

        """

    private static let tables = #"""
        table { width: 100%; border-collapse: collapse; }
        th, td { text-align: right; padding: 5px 8px; border-bottom: 1px solid var(--grid); font-weight: 400; vertical-align: top; white-space: nowrap; }
        tr:last-child > * { border-bottom: 0; }
        th:first-child, td:first-child, .text { text-align: left; }
        th:first-child, td:first-child { padding-left: 0; } th:last-child, td:last-child { padding-right: 0; }
        tbody th { font-weight: 600; overflow-wrap: anywhere; white-space: normal; }
        thead th { color: var(--quiet); font-size: 12px; line-height: 17px; padding-top: 0; }
        thead button { background: none; border: 0; padding: 0; margin: 0; color: inherit; cursor: pointer; font-size: 12px; line-height: 17px; }
        thead button:hover { color: var(--ink); }
        /* The arrow stands in the margin, so that heads and figures are flush, sorted or not. */
        thead button { position: relative; }
        [aria-sort] button { color: var(--ink); font-weight: 600; }
        [aria-sort] button::before { content: "\25be"; position: absolute; right: 100%; margin-right: 3px; } [aria-sort=ascending] button::before { content: "\25b4"; }
        [aria-sort].text button::before { right: auto; left: 100%; margin: 0 0 0 3px; }
        #tools-table { table-layout: fixed; } #tools-table th:first-child { width: 17%; } #tools-table thead th { width: 6%; } #tools-table thead th:last-child { width: auto; }
        #slow-table { table-layout: fixed; } #slow-table thead th { width: 10%; } #slow-table th:first-child { width: 18%; }
        #slow-table thead th:nth-child(4) { width: 12%; } #slow-table thead th:last-child { width: auto; } #slow-table code { font-size: 11px; }
        tbody td.text { white-space: normal; overflow-wrap: anywhere; }
        td.policies { white-space: normal; } .policies { padding-left: 20px; }
        .chip { display: inline-block; background: var(--chip); border-radius: 4px; padding: 0 6px; margin: 0 4px 3px 0; font-size: 12px; line-height: 19px; white-space: nowrap; }
        .chip b { font-weight: 600; } .chip.warn { background: var(--warn-soft); color: var(--warn); } .chip.bad { background: var(--bad-soft); color: var(--bad); }
        code { font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
        tbody tr:hover { background: var(--page); }
        caption { text-align: left; font-weight: 600; padding: 8px 0; }

        """#

    private static let narrow = """
        @media (max-width: 1199px) {
          .columns { grid-template-columns: minmax(0, 1fr); }
          .tiles { grid-template-columns: repeat(4, minmax(0, 1fr)); }
          .charts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
        }
        @media (max-width: 720px) {
          header, main { padding-left: 12px; padding-right: 12px; }
          .charts { grid-template-columns: minmax(0, 1fr); } .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
          .headline { font-size: 16px; } .chart svg { height: 104px; }
          table.wide, table.wide thead, table.wide tbody { display: block; }
          table.wide thead tr { display: flex; flex-wrap: wrap; gap: 2px 18px; padding-bottom: 6px; }
          table.wide thead th { border: 0; padding: 0; } table.wide thead button { padding: 6px 0; } table.wide thead th.plain { display: none; }
          table.wide th:first-child, table.wide thead th { width: auto !important; } #tools-table tbody tr { grid-template-columns: repeat(5, minmax(0, 1fr)); } .policies { padding-left: 0; }
          table.wide tbody tr { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 4px 8px; padding: 8px 0; border-top: 1px solid var(--grid); }
          table.wide tbody th { grid-column: 1 / -1; } table.wide tbody th, table.wide td { border: 0; padding: 0; text-align: left; white-space: normal; min-width: 0; }
          table.wide td::before { content: attr(data-label); display: block; color: var(--quiet); font-size: 11px; }
          table.wide td.full { grid-column: 1 / -1; } table.wide td.rest { grid-column: span 3; } table.wide td.policies::before { content: none; }
        }
        @media (prefers-reduced-motion: no-preference) { main > * { transition: opacity .3s; } }
        """
}
