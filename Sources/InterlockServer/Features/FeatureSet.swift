import InterlockConcurrency
import InterlockProtocol

/// What a server offers at one moment: an immutable snapshot, replaced as a whole when features come and go.
public struct FeatureSet: Sendable {
    /// What deadlines of the features' queues are measured by.
    let clock: any SchedulingClock
    /// What the operator set, by the names of tools.
    let toolPolicies: [String: ToolPolicySettings]
    private(set) var tools = FeatureTable<RegisteredTool>()
    private(set) var resources = FeatureTable<Resource>()
    private(set) var templates = FeatureTable<ResourceTemplate>()
    private(set) var prompts = FeatureTable<Prompt>()

    /// Whether anything offered suggests values for arguments.
    var hasCompletions: Bool {
        prompts.ordered.contains { !$0.value.completions.isEmpty } || templates.ordered.contains { !$0.value.completions.isEmpty }
    }

    init(clock: any SchedulingClock, toolPolicies: [String: ToolPolicySettings] = [:]) {
        self.clock = clock
        self.toolPolicies = toolPolicies
    }

    mutating func add(_ tool: RegisteredTool) throws {
        try tools.insert(tool, named: tool.definition.name, kind: "tool")
    }

    mutating func add(_ resource: Resource) throws {
        try resources.insert(resource, named: resource.definition.uri, kind: "resource")
    }

    mutating func add(_ template: ResourceTemplate) throws {
        try templates.insert(template, named: template.definition.uriTemplate, kind: "resource template")
    }

    mutating func add(_ prompt: Prompt) throws {
        try prompts.insert(prompt, named: prompt.definition.name, kind: "prompt")
    }

    mutating func removeTool(named name: String) -> Bool { tools.remove(name) }
    mutating func removeResource(uri: String) -> Bool { resources.remove(uri) }
    mutating func removePrompt(named name: String) -> Bool { prompts.remove(name) }
}

/// Features of one kind in the order of their declaration, found by name.
struct FeatureTable<Value: Sendable>: Sendable {
    private(set) var ordered: [(name: String, value: Value)] = []
    private var byName: [String: Value] = [:]

    subscript(_ name: String) -> Value? { byName[name] }
    var isEmpty: Bool { ordered.isEmpty }
    var names: [String] { ordered.map(\.name) }

    mutating func insert(_ value: Value, named name: String, kind: String) throws {
        guard byName[name] == nil else {
            throw FeatureError(feature: "\(kind) '\(name)'", message: "there is another \(kind) with this name; names must be unique on a server")
        }
        byName[name] = value
        ordered.append((name, value))
    }

    mutating func remove(_ name: String) -> Bool {
        guard byName.removeValue(forKey: name) != nil else { return false }
        ordered.removeAll { $0.name == name }
        return true
    }
}

/// A kind of feature, each with a list of its own.
public enum FeatureKind: Sendable, Hashable, CaseIterable {
    case tools, resources, prompts

    /// The notification that the list has changed.
    var listChanged: String {
        switch self {
        case .tools: Method.toolsListChanged
        case .resources: Method.resourcesListChanged
        case .prompts: Method.promptsListChanged
        }
    }
}
