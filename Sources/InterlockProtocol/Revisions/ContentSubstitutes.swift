// What stands for content that a revision does not have: a client that would refuse the whole result can read this.

extension AudioContent {
    /// A text for clients without audio (2024-11-05).
    var substitute: TextContent {
        TextContent("[audio, \(mimeType), \(data.utf8.count / 4 * 3) bytes]", annotations: annotations)
    }
}

extension ResourceLink {
    /// A text for clients without resource links (before 2025-06-18).
    var substitute: TextContent {
        var text = "[resource \(resource.title ?? resource.name): \(resource.uri)]"
        if let description = resource.description { text += " \(description)" }
        return TextContent(text, annotations: resource.annotations)
    }
}
