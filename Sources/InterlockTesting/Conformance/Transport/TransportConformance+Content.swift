import InterlockJSON
import InterlockTransport

extension TransportConformance {
    static let content: [Check] = [
        Check(
            "messages of 1 MiB survive in both directions, as request, event and response",
            rule: "A message is one unit whatever its size, up to a limit of at least 1 MiB (EventSink: one message larger than the budget passes alone)."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let text = String(repeating: "0123456789abcdef", count: 1 << 16)
                let params = #"{"text":"\#(text)"}"#
                session.begin(WireMessage.request(1, WireMessage.hold, params: params))
                let arrival = try await session.arrival(of: 1)
                try expect.same(arrival.message.params?.bytes.count, params.utf8.count, "the number of bytes at the runtime")
                try expect.same(arrival.message.params?.description, params, "the params at the runtime")
                try await expect.awaiting("room for the event") { try await arrival.deliver(WireMessage.note(params)) }
                arrival.respond(try RawJSON(parsing: params))
                try expect.same(try await session.response(to: 1).result?.description, params, "the result at the client")
                try expect.same(session.receiver.notes.map(\.description), [params], "the event at the client")
            }
        },
        Check(
            "text with every kind of character and escape survives in both directions",
            rule: "Messages are UTF-8, and framing looks at no character inside a message (spec, Transports; RFC 8259 §7 and §8.1)."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let params = UnicodeSample.object
                session.begin(WireMessage.request(1, WireMessage.hold, params: params))
                let arrival = try await session.arrival(of: 1)
                try expect.same(arrival.message.params?.description.utf8.map { $0 }, params.utf8.map { $0 }, "the UTF-8 at the runtime")
                try await expect.awaiting("room for the event") { try await arrival.deliver(WireMessage.note(params)) }
                arrival.respond(try RawJSON(parsing: params))
                let result = try await session.response(to: 1).result
                try expect.same(result?.description.utf8.map { $0 }, params.utf8.map { $0 }, "the UTF-8 at the client")
                try expect.same(session.receiver.notes.map { $0.description.utf8.map { $0 } }, [params.utf8.map { $0 }], "the UTF-8 of the event")
            }
        },
        Check(
            "line breaks between tokens do not end a message",
            rule: "JSON allows line breaks as white space; where the framing does not, the sender takes them out (spec, Transports › stdio: messages MUST NOT contain embedded newlines)."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let params = "{\r\n  \"a\": [\n    1,\r    2\n  ]\n}"
                let value = RawJSON(["a": [1, 2]] as JSONValue).value()
                session.begin(WireMessage.request(1, WireMessage.hold, params: params))
                let arrival = try await session.arrival(of: 1)
                try expect.same(arrival.message.params?.value(), value, "the params at the runtime")
                try await expect.awaiting("room for the event") { try await arrival.deliver(WireMessage.note(params)) }
                arrival.respond(try RawJSON(parsing: params))
                try expect.same(try await session.response(to: 1).result?.value(), value, "the result at the client")
                try expect.same(session.receiver.notes.map { $0.value() }, [value], "the event at the client")
            }
        },
    ]
}

/// Text that has broken transports before, as a JSON object.
enum UnicodeSample {
    static let object: String = {
        var scalars = ""
        for value in stride(from: UInt32(0x20), through: 0x10FFFF, by: 251) {
            guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else { continue }
            scalars.unicodeScalars.append(scalar)
        }
        let members = [
            "samples of every plane": scalars,
            "line ends elsewhere": "\u{85}\u{2028}\u{2029}\u{7F}",
            "joined and combining": "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} e\u{301} \u{E9} \u{1F1E8}\u{1F1ED} \u{202E}rtl\u{202C}",
            "marks and noncharacters": "\u{FEFF}\u{FFFE}\u{FFFF}\u{10FFFF}\u{E000}",
            "escapes": #"\u0000\u001f\u007f\n\r\t\b\f\"\\\/\ud83d\ude00\u2028\u00e9"#,
            "what framings use": #"data: x\n\nevent: message\n\n: comment\r\n0\r\n\r\nContent-Length: 3"#,
        ]
        return "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",") + "}"
    }()
}
