import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import Synchronization

/// A tool as the server runs it: its schema compiled, its policies with their state, its types erased.
final class RegisteredTool: Sendable {
    let definition: ToolDefinition
    let policies: ToolPolicies
    let headerParameters: HeaderParameters?
    /// Permits of `concurrency`, shared fairly between tenants or sessions.
    let limiter: FairLimiter<FairnessKey>?
    /// What finds the number of these permits; `nil` if it is set.
    let adaptivePermits: AdaptivePermits?
    /// Whether its calls may need locks.
    let isExclusive: Bool
    /// Where its calls wait for locks, and for worker threads: each as deep as its `queue`.
    let lockLine, workerLine: ToolLine
    /// What its policies did that keep no state.
    let tally = PolicyTally()
    /// Rate, breaker, cache and the like; `nil` if it declares none.
    let resilience: ResiliencePolicies?
    private let inputSchema: JSONSchema
    private let outputSchema: JSONSchema?
    private let inline = Mutex(InlinePromotion())
    private let standing = Atomic<InlinePromotion.Standing>(.scheduled)
    private let prepare: @Sendable (RawJSON) throws -> PreparedCall

    init<Input>(_ tool: Tool<Input>, clock: any SchedulingClock) throws {
        definition = tool.definition
        policies = tool.policies
        let name = tool.definition.name
        try Self.check(name: name)
        try Self.checkHedge(tool)
        inputSchema = try Self.compile(tool.definition.inputSchema, of: name, member: "inputSchema")
        outputSchema = try tool.definition.outputSchema.map { try Self.compile($0, of: name, member: "outputSchema") }
        do {
            headerParameters = try HeaderParameters(schema: tool.definition.inputSchema)
        } catch {
            throw FeatureError(feature: "tool '\(name)'", message: "\(error)")
        }
        limiter = tool.policies.concurrency.map {
            FairLimiter(limit: $0, queue: tool.policies.queue, clock: clock)
        }
        adaptivePermits = if let limiter, let adaptation = tool.policies.adaptation { AdaptivePermits(adaptation, limiter, clock: clock) } else { nil }
        lockLine = ToolLine(tool: name, queue: tool.policies.queue, clock: clock)
        workerLine = ToolLine(tool: name, queue: tool.policies.queue, clock: clock)
        resilience = ResiliencePolicies(tool.policies, tool: name, clock: clock)
        let (decode, keys, handler, once) = (tool.decode, tool.exclusiveKeys, tool.handler, tool.idempotencyKey)
        let configured = tool.policies.configuredKeys
        isExclusive = configured.map { $0 != .none } ?? (keys != nil)
        prepare = { arguments in
            let input = try decode(arguments)
            let keys = if let configured { configured.keys(tool: name, arguments: arguments) } else { keys?(input) }
            return PreparedCall(arguments: arguments, exclusiveKeys: keys, idempotencyKey: once?(input)) { context in try await handler(input, context) }
        }
    }

    /// Validates and decodes arguments. What fails is for the model to repair, so it is thrown as a ``ToolError``.
    func prepare(_ arguments: RawJSON) throws(ToolError) -> PreparedCall {
        guard inputSchema.isValid(arguments) else { throw ToolError(Self.explain(inputSchema.validate(arguments), tool: definition.name)) }
        do {
            return try prepare(arguments)
        } catch let error as ToolError {
            throw error
        } catch let error as DecodingError {
            throw ToolError("The arguments of '\(definition.name)' cannot be used; correct them and call again:\n- \(error.reason)")
        } catch {
            throw ToolError("The arguments of '\(definition.name)' could not be read: \(error)")
        }
    }

    /// Structured output must keep what the schema promises (2025-06-18 and later, Server Features › Tools).
    func checkOutput(_ result: CallToolResult) throws(ProtocolError) {
        guard let outputSchema, !result.isError else { return }
        guard let structured = result.structuredContent else {
            throw ProtocolError(code: .internalError, message: "tool '\(definition.name)' declares an output schema but returned no structuredContent")
        }
        guard outputSchema.isValid(structured) else {
            let violation = outputSchema.validate(structured).first.map { "\($0)" } ?? "it is not valid"
            throw ProtocolError(code: .internalError, message: "tool '\(definition.name)' returned output that its own schema refuses: \(violation)")
        }
    }

    var startsInline: Bool { standing.load(ordering: .relaxed) != .scheduled }

    func observe(nanoseconds: Int64) {
        // The usual case writes nothing that other threads read.
        if nanoseconds <= InlinePromotion.slowNanoseconds, standing.load(ordering: .relaxed) == .inlineWithoutBlemish { return }
        let next: InlinePromotion.Standing = inline.withLock { promotion in
            promotion.observe(nanoseconds: nanoseconds)
            return policies.neverInline || policies.onWorkers ? .scheduled : promotion.standing
        }
        if standing.load(ordering: .relaxed) != next { standing.store(next, ordering: .relaxed) }
    }

    private static func compile(_ schema: RawJSON, of tool: String, member: String) throws -> JSONSchema {
        guard schema.kind == .object || member == "outputSchema" else {
            throw FeatureError(feature: "tool '\(tool)'", message: "\(member) must be a JSON object with \"type\": \"object\"")
        }
        if member == "inputSchema", schema["type"]?.string != "object" {
            throw FeatureError(feature: "tool '\(tool)'", message: "inputSchema must say \"type\": \"object\" at its root")
        }
        do {
            return try JSONSchema(schema.value())
        } catch {
            throw FeatureError(feature: "tool '\(tool)'", message: "\(member) is not usable: \(error)")
        }
    }

    /// A handler that runs twice at a time must be one that may.
    private static func checkHedge<Input>(_ tool: Tool<Input>) throws {
        guard tool.policies.hedge != nil else { return }
        let name = "tool '\(tool.definition.name)'"
        guard tool.definition.annotations?.readOnlyHint == true || tool.definition.annotations?.idempotentHint == true else {
            throw FeatureError(
                feature: name,
                message: "hedge runs its handler twice at a time, and it is annotated neither as read-only nor as idempotent; annotate it, or take hedge away")
        }
        if tool.policies.idempotency != nil {
            throw FeatureError(feature: name, message: "idempotent has it take effect once and hedge runs its handler twice at a time; take one of them away")
        }
    }

    /// 1 to 64 of `[A-Za-z0-9_.-]`: what every revision and the conformance suite accept.
    private static func check(name: String) throws {
        let isValid = !name.isEmpty && name.utf8.count <= 64 && name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isValid else {
            throw FeatureError(feature: "tool '\(name)'", message: "a tool's name has 1 to 64 of the characters A-Z a-z 0-9 _ . -")
        }
    }

    private static func explain(_ violations: [JSONSchemaViolation], tool: String) -> String {
        let lines = violations.prefix(8).map { "- \($0)" }.joined(separator: "\n")
        let more = violations.count > 8 ? "\n(and \(violations.count - 8) more)" : ""
        return "The arguments of '\(tool)' do not match its schema; correct them and call again:\n\(lines)\(more)"
    }
}

/// A call whose arguments have been read: what it locks, and what it runs.
struct PreparedCall: Sendable {
    var arguments: RawJSON
    var exclusiveKeys: [String]?
    /// Under which the call takes effect once.
    var idempotencyKey: String?
    var run: @Sendable (HandlerContext) async throws -> CallToolResult
}

extension DecodingError {
    /// What is wrong with the value, for a model to read; the JSON decoder ends it with the place.
    fileprivate var reason: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context), .dataCorrupted(let context):
            context.debugDescription
        @unknown default: "they do not have the expected form"
        }
    }
}
