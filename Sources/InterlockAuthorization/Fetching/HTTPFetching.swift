/// Makes one HTTP request to an authorization server.
///
/// An implementation must not follow redirects, must check the server's certificate, must refuse an answer that is
/// longer than the request allows, and must end within the request's timeout, by throwing if need be. Neither headers nor bodies belong
/// into its errors or its log: they hold secrets.
public protocol HTTPFetching: Sendable {
    func fetch(_ request: FetchRequest) async throws -> FetchResponse
}

/// A request to an authorization server. Descriptions leave out headers and body.
public struct FetchRequest: Sendable, CustomStringConvertible, CustomReflectable {
    /// The methods that are needed.
    public enum Method: String, Sendable, Hashable {
        case get = "GET"
        case post = "POST"
    }

    /// The method.
    public var method: Method
    /// The absolute URI.
    public var url: String
    /// Header fields.
    public var headers: [(name: String, value: String)]
    /// The body; empty for a GET.
    public var body: [UInt8]
    /// How long the whole exchange may take.
    public var timeout: Duration
    /// The longest body of an answer.
    public var maximumBytes: Int

    /// Makes a request.
    public init(
        method: Method, url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [], timeout: Duration, maximumBytes: Int
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.maximumBytes = maximumBytes
    }

    public var description: String { "\(method.rawValue) \(url)" }
    public var customMirror: Mirror { Mirror(self, children: ["method": method.rawValue, "url": url]) }
}

/// An authorization server's answer.
public struct FetchResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// Header fields.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]

    /// Makes an answer.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Seconds that `Cache-Control: max-age` allows; `nil` if it does not say, zero for `no-store` and `no-cache`.
    var maximumAge: Int? {
        var age: Int?
        for (name, value) in headers where name.lowercased() == "cache-control" {
            for part in value.lowercased().split(separator: ",") {
                let directive = part.filter { $0 != " " && $0 != "\"" }
                if directive == "no-store" || directive == "no-cache" { return 0 }
                if directive.hasPrefix("max-age="), let seconds = Int(directive.dropFirst(8)), seconds >= 0 { age = seconds }
            }
        }
        return age
    }
}
