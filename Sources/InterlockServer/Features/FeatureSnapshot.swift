import InterlockJSON
import InterlockProtocol
import Synchronization

/// The features of one moment, and lists of them already written.
final class FeatureSnapshot: Sendable {
    let features: FeatureSet
    /// Rises with every change.
    let generation: Int
    // interlock:allow unbounded-growth because there are as many pages as the lists have, in each revision: a cursor names no other place
    private let pages = Mutex<[PageKey: [UInt8]]>([:])

    init(features: FeatureSet, generation: Int) {
        self.features = features
        self.generation = generation
    }

    func tool(named name: String) -> RegisteredTool? { features.tools[name] }

    /// Names one page of one list as one revision sees it.
    struct PageKey: Hashable {
        var method: String
        var revision: ProtocolRevision
        var offset: Int
    }

    /// A page's result, written once for all who ask: a list does not depend on who asks for it.
    func page(_ key: PageKey, write: () -> [UInt8]) -> [UInt8] {
        if let page = pages.withLock({ $0[key] }) { return page }
        let page = write()
        pages.withLock { $0[key] = page }
        return page
    }

    /// What clients are to be told when `next` takes this one's place.
    func changes(to next: FeatureSnapshot) -> [FeatureKind] {
        var changes: [FeatureKind] = []
        if features.tools.names != next.features.tools.names { changes.append(.tools) }
        if features.resources.names != next.features.resources.names || features.templates.names != next.features.templates.names { changes.append(.resources) }
        if features.prompts.names != next.features.prompts.names { changes.append(.prompts) }
        return changes
    }
}
