/// The wrong registry: it asks whether the file is there, renders the page, and writes it. Two calls can both be told "no".
public struct RacyDocumentRegistry: DocumentRegistry {
    private let disk: Disk
    private let renderer: Renderer

    public init(disk: Disk, renderer: Renderer) {
        self.disk = disk
        self.renderer = renderer
    }

    public func create(_ name: String, text: String) async -> Bool {
        if await disk.exists(name) { return false }
        let page = await renderer.page(of: text)
        await disk.write(page, to: name)
        return true
    }
}
