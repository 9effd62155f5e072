import InterlockConcurrency
import InterlockProtocol
import Testing

@testable import InterlockServer

@Suite("What tenants see")
struct TenantFeatureFilterTests {
    private func policy(_ change: (inout TenantPolicy) -> Void) -> TenantPolicy {
        var policy = TenantPolicy()
        change(&policy)
        return policy
    }

    @Test("exact names, beginnings, everything and nothing", arguments: [
        (["a"], "a", true), (["a"], "ab", false), (["a*"], "ab", true), (["a*"], "a", true), (["*"], "", true), ([], "a", false),
        (["a*b"], "axb", false), (["a*b"], "a*b", true), (["\u{e9}"], "e\u{301}", false), (["\u{e9}*"], "e\u{301}x", false),
    ] as [([String], String, Bool)])
    func patterns(patterns: [String], name: String, isAllowed: Bool) {
        #expect(NameAllowance(patterns).allows(name) == isAllowed)
    }

    @Test("lists a template when a resource of it might be allowed", arguments: [
        ("docs://{id}", true), ("docs://public/{id}", true), ("docs://secret/{id}", false), ("{any}", true), ("docs://public/", true), ("docs://secret", false),
    ])
    func templates(template: String, isShown: Bool) {
        let filter = TenantFeatureFilter(policy { $0.resources = NameAllowance(["docs://public/*"]) })
        #expect(filter.showsTemplate(template) == isShown)
    }

    private func features() throws -> FeatureSet {
        var features = FeatureSet(clock: SystemClock.shared)
        for prompt in ["greet", "audit"] { try Prompt(prompt) { _, _ in GetPromptResult(messages: []) }.register(in: &features) }
        for uri in ["docs://public/a", "docs://secret/b"] {
            try Resource(uri, name: uri, text: { _ in "" }).register(in: &features)
        }
        try ResourceTemplate("docs://secret/{id}", name: "secret", contents: { _, _ in [] }).register(in: &features)
        return features
    }

    @Test("hides what is not allowed as if nobody had registered it; without the filter it is there")
    func hides() throws {
        let all = try features()
        let filter = TenantFeatureFilter(policy { policy in
            policy.prompts = NameAllowance(["greet"])
            policy.resources = NameAllowance(["docs://public/*"])
        })
        let visible = filter.visible(all)
        #expect(visible.prompts.names == ["greet"])
        #expect(visible.prompts["audit"] == nil)
        #expect(visible.resources.names == ["docs://public/a"])
        #expect(visible.templates.names.isEmpty)
        let unfiltered = TenantFeatureFilter.everything.visible(all)
        #expect(unfiltered.prompts.names == ["greet", "audit"])
        #expect(unfiltered.templates.names == ["docs://secret/{id}"])
    }

    @Test("makes a view once for all who see the same, anew for another set of features, and none for who sees everything")
    func views() throws {
        let views = TenantFeatureViews(maximumViews: 2, clock: SystemClock.shared)
        let snapshot = FeatureSnapshot(features: try features(), generation: 1)
        let greets = TenantFeatureFilter(policy { $0.prompts = NameAllowance(["greet"]) })
        let alike = TenantFeatureFilter(policy { $0.prompts = NameAllowance(["greet"]); $0.weight = 5 })
        #expect(views.view(of: snapshot, through: .everything) === snapshot)
        let view = views.view(of: snapshot, through: greets)
        #expect(views.view(of: snapshot, through: alike) === view)
        let next = FeatureSnapshot(features: FeatureSet(clock: SystemClock.shared), generation: 2)
        #expect(views.view(of: next, through: greets).features.prompts.isEmpty)
        #expect(views.view(of: snapshot, through: greets).features.prompts.names == ["greet"])
    }
}
