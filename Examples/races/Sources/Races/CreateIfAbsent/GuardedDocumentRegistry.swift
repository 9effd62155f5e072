/// The right registry: the disk itself decides, in one request, who was first.
public struct GuardedDocumentRegistry: DocumentRegistry {
    private let disk: Disk
    private let renderer: Renderer

    public init(disk: Disk, renderer: Renderer) {
        self.disk = disk
        self.renderer = renderer
    }

    public func create(_ name: String, text: String) async -> Bool {
        let page = await renderer.page(of: text)
        return await disk.writeNew(page, to: name)
    }
}
