import InterlockJSON
import InterlockTransport

extension TransportConformance {
    static let notifications: [Check] = [
        Check(
            "a notification is delivered once and answered by nothing",
            rule: "A notification has no id and gets no response, not even an error (JSON-RPC 2.0 §4.1; spec, Base Protocol › Notifications)."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                for number in 0..<10 {
                    try await expect.awaiting("send of a notification to return") {
                        try await session.client.send(WireMessage.notification(params: #"{"n":\#(number)}"#))
                    }
                }
                try await session.echo(1)
                try await expect.awaiting("11 messages at the runtime") { try await session.runtime.arrivals.wait { $0.count >= 11 } }
                try await session.end()
                let numbers = session.runtime.arrivals.entries.compactMap { $0.message.params?["n"]?.int }
                try expect.same(numbers.sorted(), Array(0..<10), "the notifications at the runtime")
                let others = session.receiver.entries.filter { $0.response(to: 1) == nil && !$0.isEnd }
                try expect.require(others.isEmpty, "nothing but the response to the one request", found: others.map(\.summary).joined(separator: ", "))
            }
        },
        Check(
            "a malformed message is answered by a JSON-RPC error and disturbs nothing else",
            rule: "Bytes that are no message are answered with -32700 or -32600, and the connection goes on (JSON-RPC 2.0 §5.1)."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let held = try await session.hold("before")
                let invalid: [[UInt8]] = [
                    Array("{not json".utf8), Array(#"{"jsonrpc":"2.0","id":9,"method":"m","params":{"a":[1,2"#.utf8), Array("7".utf8),
                    Array(#"{"jsonrpc":"2.0","id":true,"method":"m"}"#.utf8), Array(#"{"jsonrpc":"2.0","method":"\#u{1}"}"#.utf8),
                    Array(#"{"jsonrpc":"2.0","id":9,"method":""#.utf8) + [0xFF, 0xC0] + Array(#""}"#.utf8),
                ]
                for (index, bytes) in invalid.enumerated() {
                    session.begin(ClientMessage(bytes: bytes, id: .string("malformed \(index)"), method: WireMessage.echo))
                    let errors = try await expect.awaiting("an error for message \(index) of the malformed ones") {
                        try await session.receiver.log.wait { $0.compactMap(\.error).count > index || $0.contains(where: \.isEnd) }
                        return session.receiver.entries.compactMap(\.error)
                    }
                    let code = errors.last?["code"]?.int
                    try expect.require(code == -32_700 || code == -32_600, "the error code -32700 or -32600", found: code.map(String.init) ?? "none")
                }
                held.respond(.emptyObject)
                _ = try await session.response(to: "before")
                try await session.echo("after")
                try expect.same(session.runtime.arrivals.entries.count, 2, "the number of messages the runtime took for requests")
            }
        },
    ]
}

extension ReceiverLog.Entry {
    /// Whether it reports the end of the connection.
    var isEnd: Bool { if case .disconnected = self { true } else { false } }

    /// The error object, if it is an error response.
    var error: RawJSON? { if case .message(let message, _) = self { message.error } else { nil } }
}
