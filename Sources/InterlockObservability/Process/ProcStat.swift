/// The fields of `/proc/<pid>/stat` that matter here. See proc(5).
struct ProcStat: Sendable, Hashable {
    var userTicks: Int64
    var systemTicks: Int64
    var threads: Int
    var residentPages: Int

    /// Reads the one line of the file; `nil` when it is not such a line.
    ///
    /// The second field, the name in parentheses, may itself hold spaces and parentheses, so counting begins after the last one.
    init?(_ text: String) {
        guard let close = text.utf8.lastIndex(of: 0x29) else { return nil }
        let fields = text.utf8[text.utf8.index(after: close)...].split { $0 == 0x20 || $0 == 0x0A }.map { Substring($0) }
        // The first of these is the third of the file.
        func field(_ number: Int) -> Int64? { number - 3 < fields.count ? Int64(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let pages = field(24),
            user >= 0, system >= 0, threads >= 1, pages >= 0
        else { return nil }
        userTicks = user
        systemTicks = system
        self.threads = Int(threads)
        residentPages = Int(pages)
    }
}
