/// Which names are those of a credential, as far as a name tells: of header fields, which are left out when a server is asked how it treats strangers, and of
/// options and variables, whose values are not shown.
enum CredentialHeader {
    private static let words: Set<String> = [
        "authorization", "auth", "cookie", "key", "apikey", "token", "secret", "password", "passwd", "passphrase", "pwd", "credential", "credentials",
        "assertion", "jwt", "signature", "bearer",
    ]
    /// What a name of one word, such as `authtoken`, may end in.
    private static let endings = ["token", "secret", "password", "passwd", "apikey", "credential", "credentials"]

    /// Whether a name looks like that of a credential: `Authorization`, `Cookie`, `X-API-Key`, `--access-token`, `GITHUB_TOKEN`, `apiKey` and the like.
    static func looksLikeOne(_ name: String) -> Bool {
        words(in: name).contains { word in words.contains(word) || endings.contains { word.hasSuffix($0) } }
    }

    /// Parted where no letter stands, and before each capital behind a small letter; in lower case.
    private static func words(in name: String) -> [String] {
        var words: [String] = []
        var (word, wasSmall) = ("", false)
        for character in name {
            if !character.isLetter || (character.isUppercase && wasSmall) {
                words.append(word)
                word = ""
            }
            if character.isLetter { word += character.lowercased() }
            wasSmall = character.isLowercase
        }
        return (words + [word]).filter { !$0.isEmpty }
    }
}
