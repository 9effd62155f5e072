import InterlockProfiler

extension ProfileReport {
    /// Rows of the table that lists functions, which on a phone are a card each; how many there are stands above, and `--json` has more.
    private static let functions = 40

    /// The profile as a page that stands alone and needs no script.
    public func html(of target: String) -> String {
        let calls = parts.reduce(0) { $0 + $1.calls }
        var page = ReportPage("Profile of \(target)", subtitle: "\(runtime.rawValue), \(parts.count == 1 ? "one tool" : "\(parts.count) tools"), \(methods)")
        if samples == 0 { page.warning("Not one sample was taken; the notes at the end say why.") }
        page.figures([
            ("samples", "\(samples)"), ("calls", "\(calls)"), ("failed", "\(parts.reduce(0) { $0 + $1.failures })"),
            ("hints", "\(parts.reduce(0) { $0 + $1.hints.count })"),
        ])
        page.list(
            "Hints", empty: "None of the known patterns was seen.",
            parts.flatMap { part in
                part.hints.map { hint in
                    (
                        "\(part.operation): \(hint.sentence)",
                        "\((hint.share * 100).fixed(0)) % of its samples, seen by "
                            + "\(hint.frame.symbol)\(hint.frame.module.map { " in \($0)" } ?? ""). \(Self.capitalised(hint.advice))."
                    )
                }
            })
        page.list(
            "Hot path of each tool", empty: "Nothing was sampled.",
            parts.compactMap { part in
                part.hot.path.map { path in
                    ("\(part.operation): \(Self.percent(path.count, part.onProcessor.total)) of \(part.onProcessor.total) samples", path.text(most: 8))
                }
            })
        page.drawing(
            "On the processor",
            FlameGraph(onProcessor, title: "On the processor, by tool", subtitle: "A box leads to its own page; grey boxes are libraries and open the same way")
                .embedded(prefix: "on"))
        if offProcessor.total > 0 {
            page.drawing(
                "Waiting",
                FlameGraph(
                    offProcessor, title: "Off the processor, by tool", subtitle: "Time of all threads together, idle ones too, until they came back",
                    unit: .microseconds
                ).embedded(prefix: "off"))
        }
        page.table(
            "Tools", head: ["tool", "calls", "failed", "calls a second", "samples", "waiting, ms"],
            rows: parts.map { part in
                [
                    "\(part.operation)", "\(part.calls)", "\(part.failures)", (Double(part.calls) / max(part.seconds, 0.001)).fixed(1),
                    "\(part.onProcessor.total)",
                    part.offProcessor.total == 0 ? "–" : "\(part.offProcessor.total / 1000)",
                ]
            })
        for part in parts where part.onProcessor.total > 0 {
            let functions = part.hot.functions
            page.table(
                "Functions of \(part.operation)" + (functions.count > Self.functions ? ", the first \(Self.functions) of \(functions.count)" : ""),
                head: ["function", "in", "itself", "with what it calls"],
                rows: functions.prefix(Self.functions).map { function in
                    [
                        Self.fitted(function.frame.symbol), function.frame.module ?? "", Self.percent(function.own, part.onProcessor.total),
                        Self.percent(function.total, part.onProcessor.total),
                    ]
                })
        }
        if !notes.isEmpty { page.list("How it was measured", empty: "", notes.map { ("", $0) }) }
        return page.html
    }

    private var methods: String { parts.reduce(into: [String]()) { if !$0.contains($1.method) { $0.append($1.method) } }.joined(separator: "; ") }

    private static func percent(_ count: Int, _ all: Int) -> String { all > 0 ? "\((Double(count) / Double(all) * 100).fixed(1)) %" : "–" }
    private static func fitted(_ text: String) -> String { text.count <= 64 ? text : text.prefix(63) + "…" }
    private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
