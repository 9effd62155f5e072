extension FlameGraph {
    /// The class of a box: whose code it is, and for the server's own one of six tones by module and name, the same in every graph.
    static func tone(_ label: FlameTree.Label, row: Int) -> String {
        guard row > 0 else { return "r" }
        guard let module = label.module else { return "t" }
        if module == "[kernel]" { return "k" }
        if LibraryModules.isLibrary(module) { return "l" }
        let hash = (module + label.symbol).utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return "o\(hash % 6)"
    }

    /// Own code is warm, libraries are grey, the kernel is slate, threads and tools are blue.
    static let style = """
        .flame{font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;\
        --paper:#fff;--ink:#1b2430;--quiet:#5d6878;--edge:#17202e}\
        .flame .paper{fill:var(--paper)}.flame text{fill:var(--ink);pointer-events:none}\
        .flame .h{font:600 15px system-ui,sans-serif}.flame .s{font:12px system-ui,sans-serif;fill:var(--quiet)}\
        .flame .b{fill:#1d4ed8;pointer-events:auto}.flame .r rect{fill:#d9dfe8}.flame .t rect{fill:#a9c6f5}\
        .flame .l rect{fill:#d5d8dd}.flame .k rect{fill:#b4bfcd}\
        .flame .o0 rect{fill:#f7b267}.flame .o1 rect{fill:#f4a259}.flame .o2 rect{fill:#f6c177}\
        .flame .o3 rect{fill:#f2916b}.flame .o4 rect{fill:#eda35a}.flame .o5 rect{fill:#f5cb7c}\
        .flame a{cursor:pointer;text-decoration:none}.flame g:hover>rect,.flame a:focus rect{stroke:var(--edge);stroke-width:1}\
        .flame .hit>rect{fill:#c026d3}.flame .hit>text{fill:#fff}\
        .flame .page{display:none}.flame .page:target{display:inline}.flame .page:target~.home{display:none}\
        @media(prefers-color-scheme:dark){.flame{--paper:#10151d;--quiet:#98a4b5;--edge:#fff}\
        .flame .h{fill:#e7ecf3}.flame .s{fill:#98a4b5}.flame .b{fill:#8fb4ff}\
        .flame .l rect{fill:#8d96a3}.flame .k rect{fill:#75839a}.flame .r rect{fill:#a8b2c1}}
        """

    /// The search field: marks the boxes whose words contain a text, and says how much of what is shown they cover.
    static let script = """
        (function(){var s=document.documentElement,n="http://www.w3.org/2000/svg",h="http://www.w3.org/1999/xhtml";
        var f=document.createElementNS(n,"foreignObject");f.setAttribute("x",860);f.setAttribute("y",4);f.setAttribute("width",338);f.setAttribute("height",30);
        var i=document.createElementNS(h,"input");i.setAttribute("type","search");i.setAttribute("placeholder","Search functions and modules");
        i.setAttribute("aria-label","Search functions and modules");
        i.setAttribute("style","width:100%;box-sizing:border-box;font:13px system-ui,sans-serif;padding:3px 8px;border:1px solid #98a4b5;border-radius:6px");
        f.appendChild(i);s.appendChild(f);
        var t=document.createElementNS(n,"text");t.setAttribute("class","s");t.setAttribute("x",1196);t.setAttribute("y",50);
        t.setAttribute("text-anchor","end");s.appendChild(t);
        function shown(){return document.querySelector(".page:target")||document.querySelector(".home")}
        function mark(){var q=i.value.toLowerCase(),c=0,r=[];
        document.querySelectorAll("g.hit").forEach(function(g){g.classList.remove("hit")});
        if(!q){t.textContent="";return}
        document.querySelectorAll(".page g,.home g").forEach(function(g){var w=g.querySelector("title");
        if(w&&w.textContent.toLowerCase().indexOf(q)>=0)g.classList.add("hit")});
        shown().querySelectorAll("g.hit>rect").forEach(function(b){c++;var x=+b.getAttribute("x");r.push([x,x+ +b.getAttribute("width")+0.6])});
        r.sort(function(a,b){return a[0]-b[0]||b[1]-a[1]});var end=0,sum=0;
        r.forEach(function(p){var a=Math.max(p[0],end);if(p[1]>a){sum+=p[1]-a;end=p[1]}});
        t.textContent=c+(c==1?" box, ":" boxes, ")+(sum/12).toFixed(1)+" % of what is shown"}
        i.addEventListener("input",mark);window.addEventListener("hashchange",mark)})();
        """
}
