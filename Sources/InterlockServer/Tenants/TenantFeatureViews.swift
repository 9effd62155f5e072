import InterlockConcurrency

/// Snapshots of the features as tenants see them, made once for all tenants that see the same.
///
/// Bounded: of many different views the one used longest ago is forgotten, and made again when somebody asks.
final class TenantFeatureViews: Sendable {
    private let views: LRUCache<TenantFeatureFilter, FeatureSnapshot>

    init(maximumViews: Int = 256, clock: any SchedulingClock) {
        views = LRUCache(.entries(maximumViews), name: "tenants' views of the features", clock: clock)
    }

    /// What a tenant with this filter sees of `snapshot`; the snapshot itself when it sees everything.
    func view(of snapshot: FeatureSnapshot, through filter: TenantFeatureFilter) -> FeatureSnapshot {
        if filter.showsEverything { return snapshot }
        if let known = views.value(for: filter), known.generation == snapshot.generation { return known }
        let made = FeatureSnapshot(features: filter.visible(snapshot.features), generation: snapshot.generation)
        views.set(made, for: filter)
        return made
    }
}
