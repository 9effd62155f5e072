extension Method {
    /// Whether a client may send `method` as a request in `revision`. Methods of extensions are not counted.
    public static func isRequest(_ method: String, in revision: ProtocolRevision) -> Bool {
        switch method {
        case toolsList, toolsCall, resourcesList, resourceTemplatesList, resourcesRead, promptsList, promptsGet, complete:
            true
        case initialize: revision.hasHandshake
        case ping: revision.hasPing
        case setLevel: revision.hasSetLevel
        case resourcesSubscribe, resourcesUnsubscribe: revision.hasResourceSubscribe
        case tasksGet, tasksResult, tasksList, tasksCancel: revision.hasCoreTasks
        case discover: revision.isModern
        case subscriptionsListen: revision.hasSubscriptionsListen
        default: false
        }
    }

    /// Whether a server may send `method` as a request in `revision`.
    public static func isServerRequest(_ method: String, in revision: ProtocolRevision) -> Bool {
        switch method {
        case ping, rootsList, samplingCreateMessage: revision.hasServerRequests
        case elicitationCreate: revision.hasServerRequests && revision.hasElicitation
        case tasksGet, tasksResult, tasksList, tasksCancel: revision.hasCoreTasks
        default: false
        }
    }

    /// Whether `method` is a notification a client may send in `revision`.
    public static func isClientNotification(_ method: String, in revision: ProtocolRevision) -> Bool {
        switch method {
        case cancelled: true
        case initialized: revision.hasHandshake
        case progress: revision.hasServerRequests
        case rootsListChanged: revision.hasRootsListChanged
        case tasksStatus: revision.hasCoreTasks
        default: false
        }
    }

    /// Whether a request may be answered with an ``InputRequiredResult`` in `revision`.
    /// Spec: 2026-07-28, Patterns › Multi Round-Trip Requests.
    public static func mayRequireInput(_ method: String, in revision: ProtocolRevision) -> Bool {
        revision.hasMultiRoundTrip && (method == toolsCall || method == promptsGet || method == resourcesRead)
    }

    /// Whether a complete result of `method` carries a cache hint. Spec: 2026-07-28, Server Features › Caching.
    public static func isCacheable(_ method: String) -> Bool {
        switch method {
        case discover, toolsList, promptsList, resourcesList, resourceTemplatesList, resourcesRead: true
        default: false
        }
    }
}
