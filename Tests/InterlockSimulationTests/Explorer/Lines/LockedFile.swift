import InterlockConcurrency
import Synchronization

/// The file that processes lock: whoever asks gets it in turn, or is told that it is taken.
final class LockedFile: Sendable {
    private let state = Mutex<(isHeld: Bool, line: [Waiter<Bool>])>((false, []))

    var isHeld: Bool { state.withLock { $0.isHeld } }

    func tryLock() -> Bool {
        state.withLock { state in
            defer { state.isHeld = true }
            return !state.isHeld
        }
    }

    func lock() async {
        let waiter: Waiter<Bool>? = state.withLock { state in
            guard state.isHeld else {
                state.isHeld = true
                return nil
            }
            let waiter = Waiter<Bool>()
            state.line.append(waiter)
            return waiter
        }
        _ = await waiter?.suspend()
    }

    func unlock() {
        let next: Waiter<Bool>? = state.withLock { state in
            guard state.line.isEmpty else { return state.line.removeFirst() }
            state.isHeld = false
            return nil
        }
        next?.resolve(true)
    }
}
