import InterlockJSON
import InterlockProtocol
import InterlockStorage
import Logging

// What the instances of one server tell each other over its message bus.
extension Server {
    /// Tells the other instances; they are told at most once, and what they miss they find out from the stores.
    func publish(_ message: InstanceMessage) {
        guard configuration.messageBus != nil else { return }
        // Awaited by nobody: nothing here depends on who heard it.
        Task { await tell(message) }
    }

    /// Tells the other instances, and returns when the bus has taken the message, or has failed to.
    func tell(_ message: InstanceMessage) async {
        guard let bus = configuration.messageBus else { return }
        do throws(StoreError) {
            try await bus.publish(message.encoded(from: instance.id), to: InstanceMessage.channel)
        } catch {
            configuration.logger.warning("other instances could not be told", metadata: ["error": "\(error)"])
        }
    }

    /// Listens to the other instances until the subscription is cancelled; `nil` if there are none, or the bus is out of reach.
    func listenToInstances() async -> BusSubscription? {
        guard let bus = configuration.messageBus else { return nil }
        do throws(StoreError) {
            let subscription = try await bus.subscribe(to: InstanceMessage.channel) { [weak self] event in self?.hear(event) }
            hearing.begins()
            return BusSubscription { [hearing] in
                hearing.ends()
                subscription.cancel()
            }
        } catch {
            // Sessions are compared with the store instead, each once a second at most.
            configuration.logger.error("other instances cannot be heard: changes of lists and cancellations of theirs are missed", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func hear(_ event: BusEvent) {
        switch event {
        case .gap:
            // Lists may have changed unheard: clients look again.
            for kind in FeatureKind.allCases { tellListChanged(kind) }
            hearing.gap() // each session is compared with its record before it is used again
        case .message(let bytes):
            guard let json = try? RawJSON(bytes), let sender = json["from"]?.string, sender != instance.id, let message = InstanceMessage(json) else {
                return // its own, or one that this version does not know
            }
            hear(message)
        }
    }

    private func hear(_ message: InstanceMessage) {
        switch message {
        case .listChanged(let kind): tellListChanged(kind)
        case .resourceUpdated(let uri): tellResourceUpdated(uri: uri)
        case .cancelled(let session, let id, let reason):
            guard let id = RequestID(id) else { return }
            sessions.session(session)?.scope.call(id)?.cancel(.byClient(reason))
        case .answered(let session, let id, let result, let error):
            sessions.session(session)?.requests.complete(id, result: result, error: error)
        case .sessionChanged(let session, let version): recordChanged(session, version: version)
        case .sessionEnded(let session):
            if let session = sessions.endedElsewhere(session) { drop(session) }
        }
    }
}
