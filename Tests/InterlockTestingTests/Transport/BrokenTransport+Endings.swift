import InterlockJSON
import InterlockSimulation
import InterlockTesting
import InterlockTransport
import Synchronization

extension BrokenTransport {
    /// Connections that do not end as they should, and budgets that do not hold.
    static let ended: [BrokenTransport] = [
        BrokenTransport("reports an abandoned request", foundBy: "an abandoned request", expecting: "silence about the abandoned", client: .init(abandon: { client, id in
            client.base.abandon(id)
            client.receiver?.failed(id, TransportError(.closed, "abandoned"))
        })),
        BrokenTransport("delivers a response after it was abandoned", foundBy: "an abandoned request", over: .http, expecting: "silence about the abandoned", client: .init(abandon: { client, id in
            client.base.abandon(id)
            client.pass(ScannedMessage(id: id, result: .emptyObject), on: id)
        })),
        BrokenTransport("never closes an abandoned stream", foundBy: "an abandoned request", over: .http, waitingInVainFor: "the runtime to learn", client: { done in
            .init(abandon: { _, _ in done.open() })
        }),
        BrokenTransport("ends the connection with an abandoned request", foundBy: "an abandoned request", expecting: "the response to request \"other\"", client: .init(abandon: { client, _ in
            client.receiver?.disconnected(TransportError(.closed, "one request was abandoned"))
        })),
        BrokenTransport("keeps the client's end to itself", foundBy: "closing the client ends its peer", waitingInVainFor: "the runtime to learn", server: { done in
            .init(peer: { BrokenPeer($0, disconnected: { _, _ in done.open() }) })
        }),
        BrokenTransport("never reports its end", foundBy: "closing the client ends its peer", over: .http, waitingInVainFor: "request 1 to fail", client: { done in
            .init(disconnected: { _, _ in done.open() })
        }),
        BrokenTransport("reports its end twice", foundBy: "close is idempotent", expecting: "how often the end was reported", client: .init(disconnected: { client, error in
            client.receiver?.disconnected(error)
            client.receiver?.disconnected(error)
        })),
        BrokenTransport("reports the end at every close", foundBy: "close is idempotent", over: .http, expecting: "how often the end was reported", client: .init(
            disconnected: { _, _ in },
            close: { client in
                await client.base.close()
                client.receiver?.disconnected(TransportError(.closed, "closed"))
            })),
        BrokenTransport("delivers after close", foundBy: "close is idempotent", expecting: "the number of messages after close", client: .init(send: { client, message in
            client.memory.withLock { $0.kept.append(message) }
            try await client.base.send(message)
        }, close: { client in
            await client.base.close()
            if client.countUp() == 4 { client.pass(ScannedMessage(method: "late"), on: nil) }
        })),
        BrokenTransport("swallows what is sent after close", foundBy: "send and start after close", expecting: "send of a request to throw", client: .init(send: { client, message in
            do { try await client.base.send(message) } catch { return } // the defect: nobody learns
        })),
        BrokenTransport("allows a second start", foundBy: "a second start is refused", expecting: "start to throw", client: .init(allowsSecondStart: true)),
        BrokenTransport("allows a second start", foundBy: "a second start is refused", over: .http, expecting: "start to throw", client: .init(allowsSecondStart: true)),
        BrokenTransport("cuts off what is in flight at shutdown", foundBy: "a graceful shutdown", expecting: "in flight to be finished", server: .init(
            peer: { BrokenPeer($0, disconnected: { peer, _ in peer.disconnected(finishing: false) }) })),
        BrokenTransport("ignores a graceful shutdown", foundBy: "a graceful shutdown", over: .http, waitingInVainFor: "run of the server to return", server: { done in
            .init(beginGracefulShutdown: { _ in done.open() })
        }),
        BrokenTransport("ignores cancellation", foundBy: "cancelling run", over: .http, waitingInVainFor: "run of the server to return", server: { done in
            .init(run: { base, runtime in
                // Nobody cancels this task: that is the defect.
                let running = Task { try await base.run(runtime) }
                try await withTaskCancellationHandler { try await running.value } onCancel: { done.open() }
            })
        }),
        BrokenTransport("hides a refused connection", foundBy: "a server that takes no more connections", expecting: "run to throw", server: .init(run: { base, runtime in
            do { try await base.run(runtime) } catch { return } // the defect
        })),
        BrokenTransport("takes any amount of unread bytes", foundBy: "a client that does not read", expecting: "`.full` within", server: .init(sink: { sink in
            BrokenSink(sink, send: { sink, event in sink.send(event) == .closed ? .closed : .sent })
        })),
        BrokenTransport("queues what it has refused", foundBy: "a client that does not read", expecting: "once and in order", server: .init(sink: { sink in
            let kept = Mutex<OutboundEvent?>(nil)
            return BrokenSink(sink, send: { sink, event in
                if let late = kept.withLock({ $0 }), sink.send(late) == .sent { kept.withLock { $0 = nil } }
                let outcome = sink.send(event)
                if outcome == .full { kept.withLock { $0 = event } }
                return outcome
            })
        })),
        BrokenTransport("leaves a sender waiting for a client that is gone", foundBy: "a sender that waits for room", waitingInVainFor: "writable to end", server: { done in
            .init(sink: { sink in
                BrokenSink(sink, writable: { sink in
                    do { try await sink.writable() } catch {
                        done.open()
                        try await Gate().wait()
                    }
                })
            })
        }),
        BrokenTransport("takes events after its end", foundBy: "a stream that the server has ended", expecting: "what a send after the end says", server: .init(sink: { sink in
            BrokenSink(sink, send: { sink, event in sink.send(event) == .full ? .full : .sent })
        })),
        BrokenTransport("runs onDisconnect after a regular end", foundBy: "a stream that the server has ended", expecting: "onDisconnect to stay silent", server: .init(sink: { sink in
            BrokenSink(sink, register: { _, action in action() })
        })),
    ]
}
