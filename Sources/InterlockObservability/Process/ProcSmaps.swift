/// The summary of all mappings in `/proc/<pid>/smaps_rollup`. See proc(5).
enum ProcSmaps {
    /// The proportional size in bytes, which the file gives in kibibytes; `nil` when the line is not there.
    static func proportionalBytes(_ text: String) -> Int? {
        for line in text.split(separator: "\n") where line.hasPrefix("Pss:") {
            let words = line.dropFirst(4).split(separator: " ")
            guard words.count == 2, words[1] == "kB", let kibibytes = Int(words[0]), kibibytes >= 0 else { return nil }
            return kibibytes * 1_024
        }
        return nil
    }
}
