/// Sets by key that never hold more than so many elements, and none twice.
///
/// It notices the limit of ten that became eleven. With no capacity it is create-if-absent, and notices the file
/// created twice.
public struct BoundedSetModel<Element: Hashable & Sendable>: SequentialModel {
    public enum Action: Hashable, Sendable {
        /// Accepted exactly if the element is absent and there is room.
        case add(Element)
        /// Accepted exactly if the element is present.
        case remove(Element)
        case contains(Element)
        case count
        case elements
    }

    public struct Input: Hashable, Sendable {
        public var key: String
        public var action: Action

        /// An action on the set called `key`.
        public init(_ action: Action, of key: String = "set") {
            self.key = key
            self.action = action
        }
    }

    public enum Output: Hashable, Sendable {
        case accepted
        case refused
        /// Whether the element was there.
        case present(Bool)
        /// How many there were.
        case count(Int)
        case elements(Set<Element>)
    }

    public typealias State = [String: Set<Element>]

    /// The most elements of one set.
    public let capacity: Int
    private let start: Set<Element>

    /// Sets of at most `capacity` elements, which hold those of `start` before the first call.
    public init(capacity: Int = .max, startingWith start: Set<Element> = []) {
        self.capacity = capacity
        self.start = start
    }

    public var promise: String {
        capacity == .max ? "a set that takes no element twice" : "a set that never holds more than \(capacity), and none twice"
    }

    public func initialState(of keys: Set<String>) -> State { Dictionary(uniqueKeysWithValues: keys.map { ($0, start) }) }

    public func footprint(of input: Input, _ output: Output?) -> Footprint<String> { .keys([input.key]) }

    public func isReadOnly(_ input: Input, _ output: Output?) -> Bool {
        switch input.action {
        case .contains, .count, .elements: true
        case .add, .remove: output == .refused
        }
    }

    public func step(_ state: State, _ input: Input, _ output: Output?) -> State? {
        var next = state
        var set = state[input.key, default: start]
        let answer: Output
        switch input.action {
        case .add(let element):
            let fits = set.count < capacity && !set.contains(element)
            if fits { set.insert(element) }
            answer = fits ? .accepted : .refused
        case .remove(let element): answer = set.remove(element) == nil ? .refused : .accepted
        case .contains(let element): answer = .present(set.contains(element))
        case .count: answer = .count(set.count)
        case .elements: answer = .elements(set)
        }
        guard output == nil || output == answer else { return nil }
        next[input.key] = set
        return next
    }

    public func describe(_ input: Input, _ output: Output?) -> String {
        let call =
            switch input.action {
            case .add(let element): "add \(element) to \(input.key)"
            case .remove(let element): "remove \(element) from \(input.key)"
            case .contains(let element): "look for \(element) in \(input.key)"
            case .count: "count \(input.key)"
            case .elements: "list \(input.key)"
            }
        return switch output {
        case .accepted: "\(call) → accepted"
        case .refused: "\(call) → refused"
        case .present(let present): "\(call) → \(present ? "there" : "not there")"
        case .count(let count): "\(call) → \(count)"
        case .elements(let elements): "\(call) → {\(Self.text(elements))}"
        case nil: call
        }
    }

    public func describe(_ state: State) -> String {
        state.sorted { $0.key < $1.key }
            .map { "\($0.key) = {\(Self.text($0.value))} (\($0.value.count))" }
            .joined(separator: ", ")
    }

    private static func text(_ elements: Set<Element>) -> String { elements.map { "\($0)" }.sorted().joined(separator: ", ") }
}
