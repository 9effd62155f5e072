import InterlockDiagnostics
import InterlockHTTPClient
import InterlockJSON
import InterlockProfiler
import InterlockTransport

/// The admin listener of an Interlock server, asked to sample itself. Its token gets into no message.
struct AdminProfiler: Sendable {
    private let requester: HTTPRequester
    private let url: String
    private let headers: [(name: String, value: String)]
    private let presentsToken: Bool

    /// - Parameters:
    ///   - admin: where the listener is, such as `http://127.0.0.1:9090`; a path of its own is kept.
    ///   - rate: samples for each second of processor time; `nil` for what the server thinks fit.
    init(_ admin: String, token: String?, rate: Int?, requester: HTTPRequester) throws(UsageError) {
        guard admin.hasPrefix("http://") || admin.hasPrefix("https://") else {
            throw UsageError("--admin '\(admin)': give a URL such as http://127.0.0.1:9090.")
        }
        if let token, token.isEmpty || token.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) {
            throw UsageError("--admin-token: a token is made of visible ASCII characters, without spaces; give the token itself, not the file it is in.")
        }
        self.requester = requester
        url = (admin.hasSuffix("/") ? String(admin.dropLast()) : admin) + "/admin/profile?" + (rate.map { "rate=\($0)&" } ?? "") + "seconds="
        headers = [("Accept", "text/plain")] + (token.map { [("Authorization", "Bearer \($0)")] } ?? [])
        presentsToken = token != nil
    }

    /// What asks the admin listener, where one is named.
    static func sampler(_ admin: String?, token: String?, rate: Int?, _ options: TargetOptions) throws(UsageError) -> ProfileRun.OwnSampler? {
        guard let admin else {
            if token != nil { throw UsageError("--admin-token goes with --admin URL.") }
            return nil
        }
        let profiler = try AdminProfiler(admin, token: token, rate: rate, requester: HTTPRequester(configuration: options.httpConfiguration))
        return { seconds in try await profiler.record(seconds: seconds) }
    }

    /// Records for so many seconds, from 1 to 60, and reads the stacks.
    ///
    /// - Throws: ``AdminProfileError``; `TransportError` where nobody listens; `CancellationError`, and the server then stops recording.
    func record(seconds: Int) async throws -> FoldedStacks {
        let answer = try await requester.send("POST", url + "\(seconds)", headers: headers, timeout: .seconds(seconds + 30), maximumBytes: 64 << 20)
        return try Self.stacks(of: answer, presentsToken: presentsToken)
    }

    /// What an answer holds.
    static func stacks(of answer: HTTPRequester.Answer, presentsToken: Bool) throws(AdminProfileError) -> FoldedStacks {
        guard answer.status == 200 else {
            throw AdminProfileError(status: answer.status, said: said(answer.body), presentsToken: presentsToken)
        }
        let type = answer.headers.first { $0.name.lowercased() == "content-type" }?.value ?? "without a type"
        guard type.lowercased().hasPrefix("text/plain") else {
            throw AdminProfileError(.badAnswer, "what --admin names answered with no profile (\(type.prefix(80))): give the address of the admin listener, "
                + "the one of `interlock serve --admin-port`")
        }
        do {
            return try FoldedStacks(parsing: String(decoding: answer.body, as: UTF8.self))
        } catch {
            throw AdminProfileError(.badAnswer, "what --admin names answered with something that is no profile: \(error)")
        }
    }

    /// The reason within an error of the admin listener; `nil` for an answer of another shape. Bounded, because it comes from outside.
    private static func said(_ body: [UInt8]) -> String? {
        // An answer that is no JSON gives no reason; its status is told instead.
        guard body.count <= 65_536, let json = try? RawJSON(body), let text = json["error"]?["message"]?.string else { return nil }
        return String(text.prefix(300))
    }
}
