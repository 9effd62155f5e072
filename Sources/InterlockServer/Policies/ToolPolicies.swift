/// The safety a tool declares, as data; a policy is one line where the tool is declared.
struct ToolPolicies: Sendable {
    var concurrency: Int?
    var queueDepth = 100
    var queueDeadline: Duration?
    var timeout: Duration?
    var onWorkers = false
    var neverInline = false
}
