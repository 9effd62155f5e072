import Foundation
import InterlockRedis

/// The user of Redis that docs/stores.md tells an operator to make, read from the page, so that the page is what is tested.
enum DocumentedRights {
    static let name = "interlock"
    static let password: RedisPassword = "of-a-test"

    /// What stands there for every server: patterns with PREFIX in them, and rights; nothing if the page has no such line any more.
    static let rules: [String] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/stores.md")
        let text = (try? String(contentsOf: file.standardizedFileURL, encoding: .utf8)) ?? "" // no rules, which a test does not let pass
        let line = text.split(separator: "\n").first { $0.hasPrefix("ACL SETUSER interlock on >PASSWORD ") }
        return line?.split(separator: " ").dropFirst(5).map(String.init) ?? []
    }()

    /// The right that the page asks for beside them where sentinels say who is the master.
    static let behindSentinel = "+role"

    /// Each right by itself.
    static var rights: [String] { rules.filter { $0.hasPrefix("+") } }

    /// Options of a server with this user.
    static func user(prefix: String, without missing: String? = nil, with more: [String] = []) -> [String] {
        ["--user", name, "on", ">of-a-test"] + (rules.filter { $0 != missing } + more).map { $0.replacing("PREFIX", with: prefix) }
    }
}
