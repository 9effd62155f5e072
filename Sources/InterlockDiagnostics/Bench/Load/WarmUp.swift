extension LoadConfiguration {
    /// The same load for a short time before it, so that first connections and cold caches are not in its figures; `nil` where that makes no call.
    ///
    /// It goes at the rate that the load begins with, and its calls have the first numbers: ``firstNumber`` of the load itself comes after them.
    ///
    /// - Parameters:
    ///   - time: how long calls are begun; without it a tenth of the load, a second at most.
    ///   - calls: calls at most; without it a tenth of those that the load may make.
    public func warmUp(_ time: Duration? = nil, calls: Int? = nil) -> LoadConfiguration? {
        let length = time ?? min(.seconds(1), duration / 10)
        var before = self
        before.maximumCalls = calls ?? (time == nil ? maximumCalls / 10 : maximumCalls)
        guard length > .zero, before.maximumCalls > 0 else { return nil }
        switch loop {
        case .open(let phases, let spacing):
            guard let first = phases.first else { return nil }
            // A ramp from nothing has no first rate: half of where it leads.
            before.loop = .open([LoadPhase("warm-up", rate: first.rate.from > 0 ? first.rate.from : first.rate.to / 2, duration: length)], spacing: spacing)
        case .closed(let clients, _): before.loop = .closed(clients: clients, duration: length)
        }
        return before
    }

    /// Calls that the load will make; `nil` for a closed loop, where the answers decide.
    public var plannedCalls: Int? {
        guard case .open(let phases, _) = loop else { return nil }
        return Int(min(Double(maximumCalls), phases.reduce(0) { $0 + $1.calls } + 1e-6))
    }
}
