import InterlockJSON
import InterlockProtocol

/// What clients of both eras send in the matrix. `NAME` stands for a tenant's part of a name.
enum IsolationMessages {
    private static let meta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"roots":{}}}"#

    static func request(_ method: String, _ members: String = "", id: Int = 1, modern: Bool = false) -> String {
        let parts = [members, modern ? meta : ""].filter { !$0.isEmpty }
        return #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(parts.joined(separator: ","))}}"#
    }

    static func notification(_ method: String, _ members: String = "") -> String {
        #"{"jsonrpc":"2.0","method":"\#(method)","params":{\#(members)}}"#
    }

    static func call(_ tool: String, _ arguments: String = "{}", id: Int = 1, modern: Bool = false, extra: String = "") -> String {
        request(Method.toolsCall, #""name":"\#(tool)","arguments":\#(arguments)\#(extra)"#, id: id, modern: modern)
    }

    static let initialize = request(
        Method.initialize, #""protocolVersion":"2025-11-25","capabilities":{"roots":{}},"clientInfo":{"name":"test","version":"1"}"#, id: 0)

    /// Requests that name something.
    static let naming: [(what: String, method: String, members: String, isModern: Bool)] = [
        ("a tool", Method.toolsCall, #""name":"NAME_tool","arguments":{}"#, true),
        ("a resource", Method.resourcesRead, #""uri":"NAME://file""#, true),
        ("a resource of a template", Method.resourcesRead, #""uri":"NAME://files/7""#, true),
        ("a prompt", Method.promptsGet, #""name":"NAME_prompt""#, true),
        ("a completion of a prompt", Method.complete, #""ref":{"type":"ref/prompt","name":"NAME_prompt"},"argument":{"name":"a","value":""}"#, true),
        ("a completion of a template", Method.complete, #""ref":{"type":"ref/resource","uri":"NAME://files/{id}"},"argument":{"name":"id","value":""}"#, true),
        ("a subscription", Method.resourcesSubscribe, #""uri":"NAME://file""#, false),
        ("the end of a subscription", Method.resourcesUnsubscribe, #""uri":"NAME://file""#, false),
    ]

    /// Lists, and the member that holds them.
    static let lists = [
        (Method.toolsList, "tools"), (Method.resourcesList, "resources"), (Method.resourceTemplatesList, "resourceTemplates"), (Method.promptsList, "prompts"),
    ]

    /// Everything a legacy client may send in a session, aimed at one whose call and question have these ids.
    static func inSession(call: Int, question: Int) -> [(what: String, body: String)] {
        naming.map { ($0.method, request($0.method, $0.members.replacing("NAME", with: "glob"))) }
            + lists.map { ($0.0, request($0.0)) }
            + [
                (Method.initialize, initialize), (Method.ping, request(Method.ping)), (Method.setLevel, request(Method.setLevel, #""level":"debug""#)),
                (Method.cancelled, notification(Method.cancelled, #""requestId":\#(call)"#)), (Method.initialized, notification(Method.initialized)),
                (Method.progress, notification(Method.progress, #""progressToken":"p","progress":1"#)),
                (Method.rootsListChanged, notification(Method.rootsListChanged)),
                ("an answer", #"{"jsonrpc":"2.0","id":\#(question),"result":{"roots":[]}}"#),
                ("a failure", #"{"jsonrpc":"2.0","id":\#(question),"error":{"code":1,"message":"no"}}"#),
                ("a batch", "[\(request(Method.ping))]"),
            ]
    }
}
