/// Creates documents, each name once.
public protocol DocumentRegistry: Sendable {
    /// Makes a registry on a disk.
    init(disk: Disk, renderer: Renderer)

    /// Creates a document. Returns whether this call did; `false` when the name was taken.
    func create(_ name: String, text: String) async -> Bool
}

/// Makes the page of a document, which takes a while.
public actor Renderer {
    private var rendered = 0

    /// Makes a renderer.
    public init() {}

    /// The page of a text, with a number of its own.
    public func page(of text: String) -> String {
        rendered += 1
        return "\(rendered): \(text)"
    }
}

/// A small disk: files by name, with the two ways in which a file can come into being.
public actor Disk {
    // interlock:allow unbounded-growth because each schedule has a disk of its own and creates a name or two
    private var files: [String: String] = [:]

    /// Makes an empty disk.
    public init() {}

    /// Whether there is a file of this name.
    public func exists(_ name: String) -> Bool { files[name] != nil }

    /// The text of a file.
    public func text(of name: String) -> String? { files[name] }

    /// Writes a file over whatever is there, as `open` with `O_CREAT` does.
    public func write(_ text: String, to name: String) { files[name] = text }

    /// Writes a file unless there is one, as `open` with `O_CREAT | O_EXCL` does. Returns whether it did.
    public func writeNew(_ text: String, to name: String) -> Bool {
        guard files[name] == nil else { return false }
        files[name] = text
        return true
    }
}
