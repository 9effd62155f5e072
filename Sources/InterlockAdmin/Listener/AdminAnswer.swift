import InterlockHTTPServer
import InterlockJSON
import InterlockServer

/// Answers of the admin listener: never kept by a cache, never taken for another type than they say.
enum AdminAnswer {
    static let fields: [(name: String, value: String)] = [
        ("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ]

    static func json(_ status: Int = 200, _ bytes: [UInt8]) -> HTTPRouteResponse {
        make(status, "application/json", bytes)
    }

    static func json(_ status: Int = 200, _ body: (inout JSONWriter) -> Void) -> HTTPRouteResponse {
        var json = JSONWriter()
        json.object(body)
        return self.json(status, json.finish())
    }

    static func make(_ status: Int = 200, _ contentType: String, _ bytes: [UInt8]) -> HTTPRouteResponse {
        HTTPRouteResponse(status: status, headers: [("content-type", contentType)] + fields, body: bytes)
    }

    /// `{"error": {"code", "message"}}`.
    static func error(_ status: Int, _ code: String, _ message: String) -> HTTPRouteResponse {
        json(status) {
            $0.key("error")
            $0.object {
                $0.member("code", code)
                $0.member("message", message)
            }
        }
    }
}
