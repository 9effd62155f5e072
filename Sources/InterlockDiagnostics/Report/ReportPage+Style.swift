extension ReportPage {
    /// The look of every report: colours by name, one set for light and one for dark.
    static let style = """
        :root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#17202e;--quiet:#5d6878;--rule:#e3e7ed;
          --c0:#2563eb;--c1:#d97706;--c2:#0d9488;--c3:#dc2626;--warn:#fff4dd;
          --good:#0b7a4b;--watch:#9a5b00;--bad:#c01f1f;--unknown:#5d6878;--good-bg:#e3f5ec;--watch-bg:#fff1d6;--bad-bg:#fde8e7;--unknown-bg:#eceff3}
        @media(prefers-color-scheme:dark){:root{--bg:#10151d;--card:#182029;--ink:#e7ecf3;--quiet:#98a4b5;--rule:#2a3441;
          --c0:#6ea2ff;--c1:#f5ad4a;--c2:#3fc7b5;--c3:#ff7b72;--warn:#3a2f14;
          --good:#56d59a;--watch:#f5b95a;--bad:#ff8d85;--unknown:#a3aebd;--good-bg:#12312a;--watch-bg:#37290f;--bad-bg:#3b1c1e;--unknown-bg:#252f3b}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif;-webkit-text-size-adjust:100%}
        main{max-width:960px;margin:0 auto;padding:32px 16px 56px}
        h1{font-size:1.55rem;line-height:1.25;margin:0;overflow-wrap:anywhere;letter-spacing:-.01em}
        h2{font-size:1rem;margin:0 0 10px}
        h3{font-size:.92rem;font-weight:600;margin:12px 0 0;overflow-wrap:anywhere}
        .quiet{color:var(--quiet);margin:6px 0 0;overflow-wrap:anywhere}
        section,.figures div{background:var(--card);border:1px solid var(--rule);border-radius:10px}
        section{padding:16px 18px;margin-top:14px}
        .figures{display:grid;grid-template-columns:repeat(4,1fr);gap:10px;margin:18px 0 0}
        .figures div{padding:10px 14px}.figures div:last-child:nth-child(4n+1){grid-column:span 4}
        dt{color:var(--quiet);font-size:.8rem}
        dd{margin:0;font-size:1.2rem;font-weight:600;white-space:nowrap;font-variant-numeric:tabular-nums}
        .warning{background:var(--warn);border-left:4px solid var(--c1);border-radius:6px;padding:10px 14px;margin:16px 0 0}
        svg{display:block;width:100%;height:auto;overflow:visible}
        .grid{stroke:var(--rule)}
        .tick{fill:var(--quiet);font:12px system-ui,sans-serif;font-variant-numeric:tabular-nums}
        polyline{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}
        .line0{stroke:var(--c0)}.line1{stroke:var(--c1)}.line2{stroke:var(--c2)}.line3{stroke:var(--c3)}
        .fill0{fill:var(--c0)}.fill1{fill:var(--c1)}.fill2{fill:var(--c2)}.fill3{fill:var(--c3)}
        .area{opacity:.1}
        .unit,.key{color:var(--quiet);font-size:.82rem;margin:0}
        .key,p.unit:last-child{display:flex;flex-wrap:wrap;gap:4px 16px;margin-top:6px}
        .x{margin-left:auto}
        .key i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px}
        .dot0{background:var(--c0)}.dot1{background:var(--c1)}.dot2{background:var(--c2)}.dot3{background:var(--c3)}
        .wide{overflow-x:auto}.wide>svg{min-width:720px}
        .quiet+h3{margin-top:16px}
        table{border-collapse:separate;border-spacing:0;width:100%;font-variant-numeric:tabular-nums}
        th,td{text-align:right;padding:7px 10px;border-bottom:1px solid var(--rule);white-space:nowrap}
        tbody tr:last-child td{border-bottom:0}
        th:first-child,td:first-child{text-align:left;padding-left:0;position:sticky;left:0;background:var(--card)}
        th{color:var(--quiet);font-weight:500;font-size:.82rem}
        .good{--tone:var(--good);--tint:var(--good-bg)}.watch{--tone:var(--watch);--tint:var(--watch-bg)}
        .bad{--tone:var(--bad);--tint:var(--bad-bg)}.unknown{--tone:var(--unknown);--tint:var(--unknown-bg)}
        .chip{display:inline-flex;align-items:center;gap:6px;background:var(--tint);color:var(--tone);border-radius:99px;padding:1px 10px 1px 8px;
          font-size:.82rem;font-weight:600;white-space:nowrap;vertical-align:1px}
        .verdict{display:flex;gap:14px;align-items:flex-start;background:var(--tint);border-left:5px solid var(--tone);border-radius:8px;
          padding:16px 18px;margin:20px 0 0;font-size:1.12rem;line-height:1.45;font-weight:600;overflow-wrap:anywhere}
        .verdict>b{flex:none;width:1.5em;height:1.5em;line-height:1.5em;text-align:center;border-radius:50%;background:var(--tone);color:var(--card)}
        .overview{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:14px 0 0}
        .overview a{display:flex;flex-direction:column;align-items:flex-start;gap:6px;background:var(--card);border:1px solid var(--rule);border-radius:10px;
          padding:11px 14px;color:inherit;text-decoration:none;font-weight:600}
        .overview a:hover,.overview a:focus-visible{border-color:var(--c0)}
        section{scroll-margin-top:12px}
        .head{display:flex;flex-wrap:wrap;gap:6px 12px;align-items:center;justify-content:space-between}.head h2{font-size:1.12rem;margin:0}
        .head+.quiet{margin-top:2px}
        h3{font-size:.92rem;margin:0 0 8px}
        .exhibit{margin-top:20px}
        .statement{font-size:1.05rem;font-weight:600;margin:14px 0 0;overflow-wrap:anywhere}
        .line{margin:8px 0 0;overflow-wrap:anywhere}.muted{color:var(--quiet);font-size:.9rem;border-top:1px solid var(--rule);padding-top:10px;margin-top:16px}
        .label{font-weight:600;margin:14px 0 0}ul{margin:4px 0 0;padding-left:20px}li{margin:2px 0;overflow-wrap:anywhere}
        .facts{display:flex;flex-wrap:wrap;gap:10px 28px;margin:14px 0 0}.facts dd{font-size:1.05rem}
        .finding{border-left:3px solid var(--tone);padding:2px 0 2px 14px;margin:16px 0 0}
        .finding p{margin:0;overflow-wrap:anywhere}.finding .line{margin-top:6px}
        .seen{display:flex;flex-wrap:wrap;gap:2px 18px;color:var(--quiet);font-size:.86rem}.finding .seen{margin-top:6px}
        .seen b{color:var(--ink);font-weight:600;font-variant-numeric:tabular-nums}
        pre{margin:0;padding:12px 14px;border-radius:8px;background:var(--bg);font:13px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
        .bar{margin:0 0 10px}.bar p{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 16px;margin:0 0 3px;font-size:.9rem;overflow-wrap:anywhere}
        .bar b{white-space:nowrap;font-variant-numeric:tabular-nums;font-weight:600}
        .bar>div{display:flex;height:12px;background:var(--unknown-bg);border-radius:4px;overflow:hidden}.bar>div i{display:block;min-width:2px}
        @media(max-width:560px){.overview{grid-template-columns:1fr}.overview a{flex-direction:row;justify-content:space-between;align-items:center}
          .verdict{font-size:1.02rem;padding:14px}
          main{padding-top:22px}section{padding:14px}.tick{font-size:22px}h1{font-size:1.3rem}.unit{margin-bottom:4px}
          .figures{grid-template-columns:1fr 1fr}.figures div:last-child:nth-child(odd){grid-column:span 2}
          .wide>table,tbody{display:block}thead{display:none}tr{display:grid;grid-template-columns:repeat(auto-fill,minmax(88px,1fr));gap:4px 12px;padding:10px 0;
          border-bottom:1px solid var(--rule)}tbody tr:last-child{border-bottom:0;padding-bottom:0}th,td{border:0;padding:0;text-align:left;white-space:normal;
          overflow-wrap:anywhere}td:first-child{grid-column:1/-1;position:static;font-weight:600}td+td::before{content:attr(data-label);display:block;
          color:var(--quiet);font-size:.78rem}}
        @media print{:root{color-scheme:light}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}body{background:#fff;font-size:12px}
          main{max-width:none;padding:0}.exhibit,.finding,.figures div,.verdict,.overview,tr{break-inside:avoid}h2,h3,.statement{break-after:avoid}
          .wide{overflow:visible}.wide>svg{min-width:0}td{white-space:normal;overflow-wrap:anywhere}}
        """
}
