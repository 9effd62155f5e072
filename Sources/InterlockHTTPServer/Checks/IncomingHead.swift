import InterlockTransport
import NIOHPACK
import NIOHTTP1

/// The head of one request, of either HTTP version, with the fields the transport itself reads picked out in one pass.
struct IncomingHead {
    enum Method: Equatable {
        case post, get, delete, options, head, other
    }

    let method: Method
    let methodName: String
    /// The request target as sent.
    let target: String
    let headers: any HeaderFields
    private(set) var fields = Fields()

    /// What the transport reads of the header fields; `nil` where a field is absent.
    struct Fields {
        var host: String?
        var origin: String?
        var accept: String?
        var contentType: String?
        var contentLength: String?
        var contentEncoding: String?
        var protocolVersion: String?
        var lastEventID: String?
        var forwardedFor: String?
        var requestedHeaders: String?
        var expectsContinue = false
        var wantsUpgrade = false
        /// A second `Host`: two intermediaries could read the request differently.
        var repeatsHost = false
    }

    init(_ head: HTTPRequestHead) {
        methodName = head.method.rawValue
        method = Self.method(methodName)
        target = head.uri
        headers = HTTP1HeaderFields(headers: head.headers)
        for (name, value) in head.headers { fields.take(name, value) }
    }

    /// `nil` when a pseudo-header field is missing, as in CONNECT.
    init?(_ block: HPACKHeaders) {
        var method: String?
        var target: String?
        for (name, value, _) in block {
            switch name {
            case ":method": method = value
            case ":path": target = value
            case ":authority": fields.take("host", value)
            default: fields.take(name, value)
            }
        }
        guard let method, let target else { return nil }
        // Clients may send both `:authority` and `host`; a host that differs is refused like any other second one.
        methodName = method
        self.method = Self.method(method)
        self.target = target
        headers = HTTP2HeaderFields(headers: block)
    }

    /// The target without query and, should it be absolute, without scheme and authority.
    var path: Substring {
        var path = target[...]
        if path.utf8.first != UInt8(ascii: "/"), let scheme = path.range(of: "://") {
            let rest = path[scheme.upperBound...]
            path = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
        }
        if let query = path.utf8.firstIndex(of: UInt8(ascii: "?")) { path = path[..<query] }
        return path
    }

    /// The authority of an absolute target; `nil` for the usual target, which is a path.
    var targetAuthority: Substring? {
        guard target.utf8.first != UInt8(ascii: "/"), let scheme = target[...].range(of: "://") else { return nil }
        return target[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
    }

    /// The first value of a query item; not percent-decoded, because the server's own ids need no encoding.
    func query(_ name: String) -> Substring? {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        for item in target[target.index(after: mark)...].split(separator: "&") {
            guard let equals = item.firstIndex(of: "="), item[..<equals] == name else { continue }
            return item[item.index(after: equals)...]
        }
        return nil
    }

    private static func method(_ name: String) -> Method {
        switch name {
        case "POST": .post
        case "GET": .get
        case "DELETE": .delete
        case "OPTIONS": .options
        case "HEAD": .head
        default: .other
        }
    }
}

extension IncomingHead.Fields {
    /// Keeps a field if it is one of those read here. The length of the name decides first, so most fields cost one comparison.
    mutating func take(_ name: String, _ value: String) {
        switch name.utf8.count {
        case 4 where name.isFieldName("host"):
            if let host, host != value { repeatsHost = true }
            host = value
        case 6:
            if name.isFieldName("accept") {
                accept = accept.map { "\($0), \(value)" } ?? value
            } else if name.isFieldName("origin") {
                origin = value
            } else if name.isFieldName("expect") {
                expectsContinue = value.isFieldName("100-continue")
            }
        case 7 where name.isFieldName("upgrade"): wantsUpgrade = true
        case 12 where name.isFieldName("content-type"): contentType = value
        case 13 where name.isFieldName("last-event-id"): lastEventID = value
        case 14 where name.isFieldName("content-length"): contentLength = value
        case 15 where name.isFieldName("x-forwarded-for"): forwardedFor = forwardedFor.map { "\($0), \(value)" } ?? value
        case 16 where name.isFieldName("content-encoding"): contentEncoding = value
        case 20 where name.isFieldName("mcp-protocol-version"): protocolVersion = value
        case 30 where name.isFieldName("access-control-request-headers"): requestedHeaders = value
        default: break
        }
    }
}

extension StringProtocol {
    fileprivate func range(of pattern: String) -> Range<Index>? {
        var start = startIndex
        while start != endIndex {
            if self[start...].hasPrefix(pattern) { return start..<index(start, offsetBy: pattern.count) }
            start = index(after: start)
        }
        return nil
    }
}
