import InterlockTransport
import NIOHPACK
import NIOHTTP1

/// The header fields of an HTTP/1 request as the transport's contract shows them, without a copy.
struct HTTP1HeaderFields: HeaderFields {
    let headers: HTTPHeaders

    func first(_ name: String) -> String? { headers.first(name: name) }

    var all: [(name: String, value: String)] { headers.map { (name: $0.name, value: $0.value) } }

    func forEach(_ body: (_ name: String, _ value: String) -> Void) {
        for (name, value) in headers { body(name, value) }
    }
}

/// The header fields of an HTTP/2 request as the transport's contract shows them, without a copy; pseudo-header fields are left out.
struct HTTP2HeaderFields: HeaderFields {
    let headers: HPACKHeaders

    func first(_ name: String) -> String? {
        if let value = headers.first(name: name) { return value }
        return name.isFieldName("host") ? headers.first(name: ":authority") : nil
    }

    var all: [(name: String, value: String)] {
        var all: [(name: String, value: String)] = []
        all.reserveCapacity(headers.count)
        forEach { all.append((name: $0, value: $1)) }
        return all
    }

    func forEach(_ body: (_ name: String, _ value: String) -> Void) {
        for (name, value, _) in headers {
            if name.utf8.first != UInt8(ascii: ":") { body(name, value) } else if name == ":authority" { body("host", value) }
        }
    }
}
