extension String {
    /// Names that a careless comparison takes for this one: another case, a part, one more byte, characters that are canonically equivalent.
    /// Best asked of a name with letters, a `K`, a semicolon and a backtick.
    var lookalikes: [String] {
        [
            lowercased(), uppercased(), String(dropLast()), self + " ", " " + self, self + "\0", self + "\0more", "", "%", "*", "_______", "Key-1%",
            replacing("K", with: "\u{212A}"), replacing(";", with: "\u{37E}"), replacing("`", with: "\u{1FEF}"),
        ].filter { !$0.utf8.elementsEqual(utf8) }
    }
}
