/// Text of others within HTML and SVG.
package enum MarkupText {
    /// The text with what would end it or begin markup escaped, in an element as in an attribute; what XML 1.0 has no place for becomes a space.
    ///
    /// By scalars: a reader of markup knows no characters that are made of several, so a `<` that joins what stands before it opens an element all the same.
    package static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            case "\t", "\n", "\r": out.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0xFFFE || scalar.value == 0xFFFF: out += " "
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
