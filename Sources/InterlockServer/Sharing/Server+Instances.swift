import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockStorage
import Logging
import Synchronization

// What the instances of one server tell each other over its message bus.
extension Server {
    /// Tells the other instances; they are told at most once. What they miss they find out from the stores, of which they are told: by the bus, when it
    /// was not there for them, or by this instance, when the bus did not take the message.
    func publish(_ message: InstanceMessage) {
        guard configuration.messageBus != nil else { return }
        // Awaited by nobody: nothing here depends on who heard it.
        Task { await tell(message) }
    }

    /// Tells the other instances, and returns when the bus has taken the message, or has failed to: then they hear, as soon as the bus takes that, that they
    /// have missed something.
    func tell(_ message: InstanceMessage) async {
        guard let bus = configuration.messageBus else { return }
        do throws(StoreError) {
            try await bus.publish(message.encoded(from: instance.id), to: InstanceMessage.channel)
        } catch {
            guard owedNews.owe() else { return } // said already
            configuration.logger.warning(
                "other instances could not be told; they will be told that they have missed something", metadata: ["error": "\(error)"])
        }
    }

    /// Listens to the other instances until the subscription is cancelled; `nil` if there are none, or the bus is out of reach.
    func listenToInstances() async -> BusSubscription? {
        guard let bus = configuration.messageBus else { return nil }
        do throws(StoreError) {
            return try await listen(on: bus)
        } catch {
            // Sessions are compared with the store instead, each once a second at most.
            configuration.logger.error(
                "other instances cannot be heard: until they can be, changes of lists and cancellations of theirs are missed", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func listen(on bus: any MessageBus) async throws(StoreError) -> BusSubscription {
        let subscription = try await bus.subscribe(to: InstanceMessage.channel) { [weak self] event in self?.hear(event) }
        hearing.begins()
        return BusSubscription { [hearing] in
            // In this order: what is still being heard must not count as hearing after the end.
            subscription.cancel()
            hearing.ends()
        }
    }

    // MARK: While it serves

    /// Keeps in touch with the other instances until the task is cancelled: listens to them as soon as it can if it could not at first, and tells them
    /// what it owes them.
    func keepInTouch(isListening: Bool) async {
        guard let bus = configuration.messageBus else { return }
        async let paying: Void = payNews()
        let subscription = isListening ? nil : await listenLater(on: bus)
        await paying
        subscription?.cancel()
    }

    /// Tries again and again to listen; `nil` when the task was cancelled first.
    private func listenLater(on bus: any MessageBus) async -> BusSubscription? {
        let (clock, backoff) = (configuration.clock, Backoff(first: .seconds(1), longest: .seconds(30), jitter: .half))
        for failures in 1... {
            let pause = backoff.delay(afterFailures: failures, fraction: configuration.random.fraction())
            do { try await clock.sleep(until: clock.now + pause) } catch { return nil }
            do throws(StoreError) {
                let subscription = try await listen(on: bus)
                configuration.logger.notice("other instances are heard from now on", metadata: ["attempts": "\(failures + 1)"])
                hear(.gap)
                return subscription
            } catch {
                configuration.logger.debug("other instances cannot be heard yet", metadata: ["error": "\(error)"])
            }
        }
        return nil
    }

    /// Tells the others that they have missed something, when the bus has refused a message: a second later, and then each second until it has been taken.
    private func payNews() async {
        let clock = configuration.clock
        for await _ in owedNews.reminders() {
            // Cancelled when serving ends: whoever owes then is gone, and its lease with it.
            do { try await clock.sleep(until: clock.now + .seconds(1)) } catch { return }
            let owed = owedNews.count
            await tell(.missed)
            owedNews.paid(owed) // unless it has failed, which is owed since
        }
    }

    // MARK: What is heard

    private func hear(_ event: BusEvent) {
        switch event {
        case .lost:
            hearing.ends() // each session is compared with its record once a second, until the others are heard again
            catchUpNews.withLock { $0.lost() } // a gap will be heard of then
        case .gap:
            hearing.begins() // each session is compared with its record before it is used again
            tellListsMayHaveChanged() // clients look again
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
        case .missed: hear(.gap)
        }
    }
}
