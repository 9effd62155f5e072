import Synchronization

/// A value that several tasks of a test share.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) {
        self.value = Mutex(value)
    }

    func get() -> Value { value.withLock { $0 } }

    @discardableResult
    func update<R: Sendable>(_ body: @Sendable (inout Value) -> R) -> R {
        value.withLock { body(&$0) }
    }
}
