import ArgumentParser
import InterlockAuthorization
import InterlockJSON

/// `interlock key`: makes an API key, which is shown once, and the entry of the key file, which holds only its hash.
struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make an API key for interlock serve --auth.",
        discussion: """
            Prints one JSON object: "key" is for the caller and is kept nowhere; "entry" belongs into the file that "apiKeys" of the \
            authorization file names. A server in service reads that file again on SIGHUP.
            """)

    @Argument(help: ArgumentHelp("Names the key: lower-case letters, digits and hyphens.", valueName: "id")) var id: String
    @Option(help: ArgumentHelp("Whose key it is [the id].", valueName: "name")) var subject: String?
    @Option(help: ArgumentHelp("The tenant it belongs to.", valueName: "name")) var tenant: String?
    @Option(help: ArgumentHelp("What it allows.", valueName: "a,b")) var scopes: String?
    @Option(help: ArgumentHelp("When it ends (2027-01-31T00:00:00Z).", valueName: "time")) var expires: String?

    func run() throws {
        var random = SystemRandomNumberGenerator()
        let key = try APIKey.generate(id: id, using: &random)
        var entry: JSONObject = ["id": .string(id), "hash": .string("sha256:" + key.hash.hexadecimal), "subject": .string(subject ?? id)]
        if let tenant { entry["tenant"] = .string(tenant) }
        if let scopes { entry["scopes"] = .array(scopes.split(separator: ",").map { .string(String($0)) }) }
        if let expires { entry["expires"] = .string(expires) }
        // What the server would refuse is refused here.
        _ = try APIKeyTable(parsing: Array(RawJSON(["keys": .array([.object(entry)])] as JSONValue).bytes))
        print(RawJSON(["key": .string(key.text), "entry": .object(entry)] as JSONValue))
    }
}
