import InterlockJSON
import InterlockSimulation
import InterlockTesting
import InterlockTransport
import Synchronization

extension BrokenTransport {
    static let all = lost + changed + disordered + ended

    /// Messages that are dropped, doubled, or sent to the wrong one.
    static let lost: [BrokenTransport] = [
        BrokenTransport("drops every 100th response", foundBy: "1,000 concurrent requests", waitingInVainFor: "1,000 responses", client: { .droppingResponses(every: 100, of: 1_000, $0) }),
        BrokenTransport("drops every 100th response", foundBy: "1,000 concurrent requests", over: .http, waitingInVainFor: "1,000 responses", client: { .droppingResponses(every: 100, of: 1_000, $0) }),
        BrokenTransport("delivers a response twice", foundBy: "1,000 concurrent requests", expecting: "one response to request", client: .init(received: { client, message, request in
            client.pass(message, on: request)
            if client.countUp() == 500 { client.pass(message, on: request) }
        })),
        BrokenTransport("swaps the ids of two responses", foundBy: "1,000 concurrent requests", expecting: "the number in the response", client: .init(received: { client, message, request in
            let kept = client.memory.withLock { memory -> (ScannedMessage, RequestID?)? in
                if memory.messages.isEmpty {
                    memory.messages.append((message, request))
                    return nil
                }
                return memory.messages.removeFirst()
            }
            guard let kept else { return }
            client.pass(ScannedMessage(id: message.id, result: kept.0.result), on: request)
            client.pass(ScannedMessage(id: kept.0.id, result: message.result), on: kept.1)
        })),
        BrokenTransport("takes the id 1 for \"1\"", foundBy: "ids of every kind", waitingInVainFor: "the response to request 1", client: { done in
            .init(received: { client, message, request in
                guard message.id == 1 else { return client.pass(message, on: request) }
                client.pass(ScannedMessage(id: "1", result: message.result), on: request)
                done.open()
            })
        }),
        BrokenTransport("answers notifications", foundBy: "a notification is delivered once", expecting: "nothing but the response", client: .init(send: { client, message in
            try await client.base.send(message)
            if message.id == nil { client.pass(ScannedMessage(result: .emptyObject), on: nil) }
        })),
        BrokenTransport("loses notifications", foundBy: "a notification is delivered once", over: .http, waitingInVainFor: "11 messages", client: { done in
            .init(send: { client, message in
                if message.id != nil || client.countUp() != 5 { try await client.base.send(message) } else { done.open() }
            })
        }),
        BrokenTransport("swallows errors without id", foundBy: "a malformed message", waitingInVainFor: "an error for message 0", client: { done in
            .init(received: { client, message, request in
                if message.id != nil || message.error == nil { client.pass(message, on: request) } else { done.open() }
            })
        }),
    ]

    /// Messages that arrive as something else.
    static let changed: [BrokenTransport] = [
        BrokenTransport("writes numbers its own way", foundBy: "a request reaches the runtime byte for byte", expecting: "the params at the runtime", client: .init(send: { client, message in
            try await client.send(message, as: message.text.replacing("1.0e+2", with: "100"))
        })),
        BrokenTransport("truncates long messages", foundBy: "messages of 1 MiB", waitingInVainFor: "request 1 to reach", client: { done in
            .init(send: { client, message in
                var message = message
                if message.bytes.count > 1 << 16 { message.bytes = Array(message.bytes.prefix(1 << 16)) }
                try await client.base.send(message)
                done.open()
            })
        }),
        BrokenTransport("takes U+2028 for a line end", foundBy: "text with every kind of character", expecting: "the UTF-8 at the runtime", client: .init(send: { client, message in
            try await client.send(message, as: message.text.replacing("\u{2028}", with: " "))
        })),
        BrokenTransport("normalizes text", foundBy: "text with every kind of character", over: .http, expecting: "the UTF-8 at the runtime", client: .init(send: { client, message in
            try await client.send(message, as: String(decoding: message.text.utf8, as: UTF8.self).replacing("\u{FEFF}", with: ""))
        })),
        BrokenTransport("ends a message at a line break", foundBy: "line breaks between tokens", waitingInVainFor: "request 1 to reach", server: { done in
            .init(peer: { peer in
                BrokenPeer(peer, receive: { peer, bytes in
                    for line in bytes.split(separator: 0x0A) { peer.receive(Array(line)) }
                    done.open()
                })
            })
        }),
    ]

    /// Messages in another order, or mixed with others.
    static let disordered: [BrokenTransport] = [
        BrokenTransport("interleaves the bytes of two messages", foundBy: "messages that many threads of the client", expecting: "the number of messages that were damaged", client: .init(send: { client, message in
            let first = client.memory.withLock { memory -> ClientMessage? in
                if memory.kept.isEmpty {
                    memory.kept.append(message)
                    return nil
                }
                return memory.kept.removeFirst()
            }
            guard let first else { return }
            let half = first.bytes.count / 2
            try await client.base.send(ClientMessage(bytes: first.bytes[..<half] + message.bytes, id: nil, method: nil))
            try await client.base.send(ClientMessage(bytes: Array(first.bytes[half...]), id: nil, method: nil))
        })),
        BrokenTransport("swaps two messages on the way to the server", foundBy: "messages of one connection", expecting: "in the order they were sent in", client: .init(send: { client, message in
            let number = client.countUp()
            if number == 100 { return client.memory.withLock { $0.kept = [message] } }
            try await client.base.send(message)
            if number == 101 { for kept in client.memory.withLock({ $0.kept }) { try await client.base.send(kept) } }
        })),
        BrokenTransport("swaps two events", foundBy: "events before a response", expecting: "the events in order", client: .swappingMessages(2, 3)),
        BrokenTransport("swaps two events", foundBy: "events before a response", over: .http, expecting: "the events in order", client: .swappingMessages(2, 3)),
        BrokenTransport("overtakes events with the response", foundBy: "events before a response", expecting: "events", client: .swappingMessages(50, 51)),
        BrokenTransport("swaps two messages of the server", foundBy: "messages of the server that belong to no request", expecting: "the messages in order", client: .swappingMessages(10, 11)),
        BrokenTransport("swaps two events of one sender", foundBy: "messages that many threads of the server", expecting: "the messages of sender", server: .init(sink: { sink in
            let kept = Mutex<OutboundEvent?>(nil)
            return BrokenSink(sink, send: { sink, event in
                let now = kept.withLock { kept -> [OutboundEvent] in
                    let text = String(decoding: event.data, as: UTF8.self)
                    if text.contains(#""lane":0,"number":6,"#) {
                        kept = event
                        return []
                    }
                    if text.contains(#""lane":0,"number":7,"#), let late = kept { return [event, late] }
                    return [event]
                }
                return now.map { sink.send($0) }.last ?? .sent
            })
        })),
        BrokenTransport("lets a slow request hold up the next", foundBy: "responses come in any order", waitingInVainFor: "the response to request", client: { done in .init(received: { client, message, request in
            // Passes responses on in the order of the ids only.
            let due = client.memory.withLock { memory in
                memory.messages.append((message, request))
                var due: [(ScannedMessage, RequestID?)] = []
                while let index = memory.messages.firstIndex(where: { $0.0.id == .integer(Int64(memory.count + 1)) }) {
                    memory.count += 1
                    due.append(memory.messages.remove(at: index))
                }
                return due
            }
            for (message, request) in due { client.pass(message, on: request) }
            if due.isEmpty { done.open() }
        }) }),
    ]
}

extension BrokenClient.Defect {
    /// Drops some of so many responses; done when the last one has come.
    static func droppingResponses(every interval: Int, of number: Int, _ done: Gate) -> Self {
        Self(received: { client, message, request in
            let count = client.countUp()
            if count % interval != 0 { client.pass(message, on: request) }
            if count == number { done.open() }
        })
    }

    /// Keeps the message that arrives as the `first` until the `second` has been delivered.
    static func swappingMessages(_ first: Int, _ second: Int) -> Self {
        Self(received: { client, message, request in
            let number = client.countUp()
            if number == first { return client.memory.withLock { $0.messages = [(message, request)] } }
            client.pass(message, on: request)
            guard number == second else { return }
            for (message, request) in client.memory.withLock({ $0.messages }) { client.pass(message, on: request) }
        })
    }
}

extension BrokenClient {
    /// Sends a message with other bytes.
    func send(_ message: ClientMessage, as text: String) async throws {
        var message = message
        message.bytes = Array(text.utf8)
        try await base.send(message)
    }
}

extension ClientMessage {
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
