/// The parameters of `WWW-Authenticate` (RFC 9110, section 11.2).
enum AuthenticationParameter {
    /// The value of the first parameter of this name, which is in lower case; quotes and backslashes are taken off.
    static func value(_ name: String, of challenge: String) -> String? {
        var (rest, word) = (Substring(challenge), "")
        while let character = rest.popFirst() {
            switch character {
            case "\"":
                _ = quoted(&rest)
                word = ""
            case "=":
                rest = rest.drop { $0 == " " || $0 == "\t" }
                guard word.lowercased() == name else {
                    word = ""
                    continue
                }
                if rest.first != "\"" { return String(rest.prefix { $0 != "," && $0 != " " && $0 != "\t" }) }
                rest.removeFirst()
                return quoted(&rest)
            case ",": word = ""
            case " ", "\t":
                // White space may stand before the sign, too.
                if rest.first(where: { $0 != " " && $0 != "\t" }) != "=" { word = "" }
            default: word.append(character)
            }
        }
        return nil
    }

    /// What is left of a quoted string, to its end.
    private static func quoted(_ rest: inout Substring) -> String {
        var text = ""
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\", let next = rest.popFirst() { text.append(next) } else { text.append(character) }
        }
        return text
    }
}
