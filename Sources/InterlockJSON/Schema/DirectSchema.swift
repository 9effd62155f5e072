/// The part of a schema that can be checked on the bytes of a value, in one pass and without building a tree.
///
/// Its yes is final, its no is not: whatever it does not decide (escapes in names and texts, numbers at the edge of a bound,
/// combinations of schemas) is left to ``SchemaEvaluation``. A member that occurs twice has to fit each time, so that the last
/// one, which counts, does.
struct DirectSchema: Sendable {
    /// What one schema asks, with -1 for nothing; indices into ``Program``.
    struct Node: Sendable {
        var types = JSONTypeSet.all
        var number: Int32 = -1
        var string: Int32 = -1
        var array: Int32 = -1
        var object: Int32 = -1
        /// Six nodes, one for each kind of value, for alternatives that are told apart by type.
        var choice: Int32 = -1
        /// The graph node that decides, on a tree of this value alone.
        var tree: Int32 = -1
    }

    struct Bound: Sendable {
        var double: Double
        var integer: Int64?
        init(_ number: JSONNumber) {
            double = number.double
            integer = number.exactInteger.map(Int64.init)
        }
    }

    struct NumberRules: Sendable {
        var minimum: Bound?
        var maximum: Bound?
        var exclusiveMinimum: Bound?
        var exclusiveMaximum: Bound?
        var multipleOf: Bound?
    }

    struct StringRules: Sendable {
        var minimumLength: Int
        var maximumLength: Int
        var pattern: LinearPattern?
        var format: StringFormat?
        /// The texts allowed, in UTF-8; nil if any is.
        var allowed: [[UInt8]]?
    }

    struct ArrayRules: Sendable {
        var minimumCount: Int
        var maximumCount: Int
        var items: Int32
    }

    struct ObjectRules: Sendable {
        /// Which of the slots are this object's.
        var slots: Range<Int>
        /// A bit for each slot.
        var required: UInt64
        var maximumCount: Int
        /// The node of members without a slot; -1 if they may be anything, -2 if they are not decided here.
        var others: Int32
    }

    /// A member with a name of its own.
    struct Slot: Sendable {
        var start: Int
        var count: Int
        var node: Int32
    }

    final class Program: Sendable {
        let nodes: [Node]
        let numbers: [NumberRules]
        let strings: [StringRules]
        let arrays: [ArrayRules]
        let objects: [ObjectRules]
        let slots: [Slot]
        /// The UTF-8 of all slots' names.
        let names: [UInt8]
        let choices: [Int32]
        let graph: SchemaGraph

        init(_ builder: DirectSchemaBuilder) {
            nodes = builder.nodes
            numbers = builder.numbers
            strings = builder.strings
            arrays = builder.arrays
            objects = builder.objects
            slots = builder.slots
            names = builder.names
            choices = builder.choices
            graph = builder.graph
        }
    }

    let program: Program
    private let maximumSteps: Int
    private let maximumRecursion: Int

    /// Nil if there is nothing to gain: the root itself needs a tree, or the way taken through the schemas can matter.
    init?(_ graph: SchemaGraph, root: Int, _ configuration: JSONSchemaConfiguration) {
        guard !graph.isDynamic else { return nil }
        var builder = DirectSchemaBuilder(graph)
        builder.build(root)
        guard builder.nodes[0].tree < 0 else { return nil }
        program = Program(builder)
        maximumSteps = configuration.maximumSteps
        maximumRecursion = configuration.maximumRecursion
    }

    /// Whether the bytes alone show that a value is valid.
    func accepts(_ raw: RawJSON) -> Bool {
        raw.bytes.withUnsafeBufferPointer { bytes in
            var check = DirectCheck(program, bytes, steps: maximumSteps, recursion: maximumRecursion)
            do throws(ScanFailure) {
                return try check.accepts(0)
            } catch {
                return false  // the bytes were validated; if they were not, the tree's reader says so
            }
        }
    }
}
