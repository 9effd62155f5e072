/// Why a call of a worker process was stopped, and the process killed.
package enum ProcessStop: Sendable, Hashable {
    case timedOut, cancelled
}
