import InterlockSimulation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// When the calls of an open loop are due, whatever the server does. Pure: the same for the same seed.
public struct ArrivalSchedule: Sendable {
    /// How arrivals follow each other.
    public enum Spacing: String, Sendable, Hashable, CaseIterable {
        /// Evenly.
        case constant
        /// Independently of each other, as many users do.
        case poisson
    }

    private let phases: [LoadPhase]
    private let spacing: Spacing
    private var random: SeededRandom
    private var phase = 0
    /// Expected calls up to the next arrival, within the phase.
    private var position = 0.0
    private var phaseStart = 0.0

    /// Lays the phases one after the other.
    public init(_ phases: [LoadPhase], spacing: Spacing = .constant, seed: UInt64 = 1) {
        self.phases = phases
        self.spacing = spacing
        random = SeededRandom(seed: seed, stream: 1)
        if spacing == .poisson { position = step() }
    }

    /// The next arrival, from the start of the load; nil after the last.
    public mutating func next() -> Duration? {
        while phase < phases.count {
            let current = phases[phase]
            // An arrival exactly at the end belongs to the next phase.
            if position < current.calls - 1e-9 {
                defer { position += step() }
                return Duration(seconds: phaseStart + current.time(ofCall: position))
            }
            position -= current.calls
            phaseStart += current.duration.seconds
            phase += 1
        }
        return nil
    }

    private mutating func step() -> Double {
        spacing == .constant ? 1 : -log(1 - Double.random(in: 0..<1, using: &random))
    }
}
