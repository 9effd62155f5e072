/// The head of a response before it is bytes.
struct ResponseHead {
    /// What the body is; plain responses of routes name their type among the fields.
    enum Content {
        case json, events, other
    }

    var status: Int
    var content: Content
    var fields: [(name: String, value: String)] = []
    var crossOrigin: String?
    /// The request was HEAD: the body is counted and not sent.
    var omitsBody = false
}
