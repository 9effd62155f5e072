import InterlockConcurrency
import InterlockServer
import InterlockStorage

extension ServerConfiguration {
    /// One of several instances that share what is given.
    static func instance(
        on clock: any SchedulingClock, sessions: any SessionStore, events: any EventStore, bus: (any MessageBus)? = nil
    ) -> ServerConfiguration {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.sessionStore = sessions
        configuration.eventStore = events
        configuration.messageBus = bus
        return configuration
    }
}
